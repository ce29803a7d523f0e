/** Every ledger of ours that can be told the time keeps every promise; so does the reference model, which tests the suite. */
import { conformance } from '../../testing/conformance/conformance.ts';
import { doorPorts } from '../support/door-ports.ts';
import { ports } from '../support/ports.ts';

for (const { name, open } of [...ports, ...doorPorts]) conformance({ name, open });
