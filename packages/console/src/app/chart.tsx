/**
 * A balance over time, as steps: it stays what it was until a transfer changes it. Drawn as SVG from bigints, which
 * become places on the screen and nothing else; what is read out is exact.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Balance } from './parts.tsx';
import { timeText } from './settings.ts';
import { say } from './strings/index.ts';

export interface Point {
  /** Nanoseconds since the epoch. */
  readonly at: string;
  readonly net: bigint;
}

const WIDTH = 1000;
const HEIGHT = 160;
const EDGE = 8;

/** Where a value lies between two others, in thousandths of a unit of the screen. */
function place(value: bigint, min: bigint, max: bigint, size: number): number {
  if (max === min) return size / 2;
  return Number(((value - min) * BigInt(size) * 1000n) / (max - min)) / 1000;
}

/** `points`: the oldest first. */
export function BalanceChart({
  points: all,
  ledger,
}: {
  points: readonly Point[];
  ledger: number;
}): JSX.Element | null {
  const chosen = useSignal<number | undefined>(undefined);
  // An account that mostly owes grows upwards as well: its side is written beside the amount.
  const side = all.every(({ net }) => net <= 0n) ? -1n : 1n;
  const points = all.map(({ at, net }) => ({ at, net: net * side }));
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return null;
  const nets = points.map(({ net }) => net);
  const zero = 0n;
  const min = nets.reduce((low, net) => (net < low ? net : low), zero);
  const max = nets.reduce((high, net) => (net > high ? net : high), zero);
  const from = BigInt(first.at);
  const until = BigInt(last.at);
  const x = ({ at }: Point): number => place(BigInt(at), from, until, WIDTH);
  const y = (net: bigint): number => EDGE + (HEIGHT - 2 * EDGE) - place(net, min, max, HEIGHT - 2 * EDGE);
  const steps = points
    .map((point, i) => (i === 0 ? `M${x(point)} ${y(point.net)}` : `H${x(point)}V${y(point.net)}`))
    .join('');
  const shown = points[chosen.value ?? points.length - 1] ?? last;
  const look = (event: PointerEvent & { currentTarget: SVGSVGElement }): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = ((event.clientX - left) / width) * WIDTH;
    const next = points.findIndex((point) => x(point) > at);
    chosen.value = next === -1 ? points.length - 1 : Math.max(0, next - 1);
  };
  const step = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    chosen.value = Math.min(points.length - 1, Math.max(0, (chosen.value ?? points.length - 1) + by));
  };
  return (
    <figure class="chart">
      <figcaption>
        <span class="label">{say().history}</span>
        <output>
          <Balance net={shown.net * side} ledger={ledger} unit /> · {timeText(shown.at)}
        </output>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={say().chartOf(timeText(first.at), timeText(last.at))}
        tabIndex={0}
        onPointerMove={look}
        onPointerLeave={() => {
          chosen.value = undefined;
        }}
        onKeyDown={step}
      >
        <path class="area" d={`${steps}V${y(zero)}H${x(first)}Z`} />
        <line class="zero" x1="0" x2={WIDTH} y1={y(zero)} y2={y(zero)} />
        <path class="steps" d={steps} />
        {chosen.value !== undefined && <line class="mark" x1={x(shown)} x2={x(shown)} y1="0" y2={HEIGHT} />}
      </svg>
      <div class="ends" aria-hidden="true">
        <span>{timeText(first.at)}</span>
        <span>{timeText(last.at)}</span>
      </div>
    </figure>
  );
}
