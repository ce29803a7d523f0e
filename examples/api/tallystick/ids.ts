import { amount_max, formatUuid, id, parseUuid } from 'tallystick';

const first = id();
const second = id();
console.log(first < second); // true
console.log(formatUuid(1n)); // 00000000-0000-0000-0000-000000000001
console.log(parseUuid(formatUuid(first)) === first); // true
console.log(amount_max === 2n ** 128n - 1n); // true
