import { formatMoney, parseMoney } from 'tallystick/helpers';

console.log(parseMoney('12.50', 2)); // 1250n
console.log(formatMoney(1250n, 2)); // 12.50
console.log(formatMoney(1250n, 0)); // 1250
