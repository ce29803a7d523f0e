import { type Exchange, exchange, type Rounding, split, times } from 'tallystick/helpers';

const rounding: Rounding = 'half-even';
console.log(times(30_00n, '0.029', rounding)); // 87n
const yen: Exchange = { rate: '162.35', from: 2, to: 0, rounding: 'down' };
console.log(exchange(100_00n, yen)); // 16235n
console.log(split(100n, [1n, 1n, 1n])); // [ 34n, 33n, 33n ]
