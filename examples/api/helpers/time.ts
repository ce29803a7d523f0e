import { type Duration, dateOf, isoOf, nanosecondsIn, nanosecondsOf, timeoutOf } from 'tallystick/helpers';

const noon = nanosecondsOf('2026-01-31T12:00:00Z');
console.log(noon); // 1769860800000000000n
console.log(isoOf(noon + 1n)); // 2026-01-31T12:00:00.000000001Z
console.log(dateOf(noon).toISOString()); // 2026-01-31T12:00:00.000Z
const week: Duration = { days: 7 };
console.log(nanosecondsIn(week)); // 604800000000000n
console.log(timeoutOf(week)); // 604800
