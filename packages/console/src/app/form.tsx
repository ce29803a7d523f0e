/** Fields of forms and filters, each with its label, what it wants, and what is wrong with it. */

import type { JSX } from 'preact';
import { useId, useMemo } from 'preact/hooks';
import { say } from './strings/index.ts';

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly error?: string | undefined;
  readonly hint?: string | undefined;
  readonly type?: 'text' | 'password' | 'datetime-local';
  readonly list?: string;
  readonly required?: boolean;
  readonly inputMode?: 'numeric' | 'decimal' | 'text';
  readonly name?: string;
}

export function Field({
  label,
  value,
  onInput,
  error,
  hint,
  type = 'text',
  list,
  required,
  inputMode,
  name,
}: FieldProps): JSX.Element {
  const id = useId();
  const about = `${id}-about`;
  const attributes: JSX.IntrinsicElements['input'] = {
    id,
    type: type as 'text',
    value,
    autocomplete: 'off',
    spellcheck: false,
    onInput: (event) => onInput(event.currentTarget.value),
    'aria-invalid': error !== undefined,
    ...(error === undefined && hint === undefined ? {} : { 'aria-describedby': about }),
    ...(required === true ? { 'aria-required': true } : {}),
    ...(inputMode === undefined ? {} : { inputMode }),
    ...(name === undefined ? {} : { name }),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input {...attributes} {...((list === undefined ? {} : { list }) as object)} />
      {(error ?? hint) !== undefined && (
        <span id={about} class={error === undefined ? 'hint' : 'error'}>
          {error ?? hint}
        </span>
      )}
    </div>
  );
}

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

export function Choice({ label, value, options, onChange }: ChoiceProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface FiltersProps {
  readonly children: JSX.Element[];
  readonly onClear: () => void;
  readonly onSubmit: () => void;
  /** The address names something to filter by. */
  readonly used: boolean;
}

/** Fields of a list, which are read from its address and written there. */
export function Filters({ children, onClear, onSubmit, used }: FiltersProps): JSX.Element {
  // On a narrow screen they stand before what one came for, so they are folded until they are used.
  const open = useMemo(() => used || matchMedia('(min-width: 52rem)').matches, []);
  return (
    <details class="filter" open={open}>
      <summary>{say().filter}</summary>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        <div class="field buttons">
          <button type="submit">{say().filter}</button>
          <button type="button" class="quiet" onClick={onClear}>
            {say().clear}
          </button>
        </div>
      </form>
    </details>
  );
}
