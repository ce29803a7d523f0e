import { formatPin, type Pin, parsePin } from 'tallystick';

const pin: Pin = { ledgerId: 42n, lastOp: 1_000n };
console.log(formatPin(pin)); // 00000000-0000-0000-0000-00000000002a@1000
console.log(parsePin(formatPin(pin)).lastOp); // 1000n
