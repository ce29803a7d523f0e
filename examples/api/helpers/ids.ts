import { type IdPart, idOf } from 'tallystick/helpers';

// The same text is the same id, today and after a restart: a payment sent twice is one payment.
const parts: IdPart[] = ['order', 17];
console.log(idOf(...parts) === idOf('order', '17')); // true
console.log(idOf('order', 17) === idOf('order', 18)); // false
