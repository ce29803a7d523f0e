/** The page of whom the server does not know yet. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Problem } from '../api.ts';
import { Field } from '../form.tsx';
import { Trouble } from '../parts.tsx';
import { signIn } from '../session.ts';
import { say } from '../strings/index.ts';

export function SignIn(): JSX.Element {
  const words = say();
  const token = useSignal('');
  const error = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    error.value = undefined;
    try {
      await signIn(token.value.trim());
    } catch (problem) {
      const refused = problem instanceof Problem && (problem.status === 401 || problem.status === 400);
      error.value = refused ? new Problem(problem.status, problem.code, words.tokenRefused, problem.next) : problem;
    } finally {
      busy.value = false;
    }
  };
  return (
    <main class="sign-in" id="content">
      <h1>{words.title}</h1>
      <p class="about">{words.signInAbout}</p>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label={words.token}
          value={token.value}
          type="password"
          onInput={(value) => (token.value = value)}
          required
        />
        <button type="submit" disabled={busy.value || token.value.trim() === ''}>
          {words.signIn}
        </button>
      </form>
      {error.value !== undefined && <Trouble error={error.value} />}
    </main>
  );
}
