/** The page of whom the server does not know yet: it signs in where its account is, or with a token. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Problem, session } from '../api.ts';
import { Field } from '../form.tsx';
import { Trouble } from '../parts.tsx';
import { route } from '../router.ts';
import { signIn, signInElsewhere } from '../session.ts';
import { say } from '../strings/index.ts';

export function SignIn(): JSX.Element {
  const words = say();
  const elsewhere = session.value?.issuer === true;
  return (
    <main class="sign-in" id="content">
      <h1>{words.title}</h1>
      {elsewhere && <Elsewhere />}
      {elsewhere ? (
        <details class="panel">
          <summary>{words.signInByToken}</summary>
          <ByToken />
        </details>
      ) : (
        <ByToken />
      )}
    </main>
  );
}

function Elsewhere(): JSX.Element {
  const words = say();
  const [place, why] = route.value.path;
  return (
    <>
      <p class="about">{words.signInElsewhereAbout}</p>
      {place === 'sign-in' && (
        <p class="trouble" role="alert">
          {why === 'unreachable' ? words.issuerUnreachable : words.issuerRefused}
        </p>
      )}
      <p>
        <button type="button" onClick={signInElsewhere}>
          {words.signInElsewhere}
        </button>
      </p>
    </>
  );
}

function ByToken(): JSX.Element {
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
    <>
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
    </>
  );
}
