/** The page begins: it looks who is there, and then shows what its address names. */
import { signal } from '@preact/signals';
import { type ComponentType, type JSX, render } from 'preact';
import { session } from './api.ts';
import { sleepWhileHidden } from './feed.ts';
import { readId } from './ids.ts';
import { guardUnload } from './intents.ts';
import { watchKeys } from './keys.ts';
import { Loading, Trouble } from './parts.tsx';
import { route, watchAddress } from './router.ts';
import { Account } from './screens/account.tsx';
import { Find } from './screens/find.tsx';
import { Home } from './screens/home.tsx';
import { Accounts, Holds, Transfers } from './screens/lists.tsx';
import { Request } from './screens/request.tsx';
import { SignIn } from './screens/sign-in.tsx';
import { Transfer } from './screens/transfer.tsx';
import { begin } from './session.ts';
import { applySettings } from './settings.ts';
import { Shell } from './shell.tsx';
import { say } from './strings/index.ts';

/** Screens that nobody needs at first come when they are asked for. */
function later<Props>(load: () => Promise<ComponentType<Props>>): (props: Props) => JSX.Element {
  const found = signal<ComponentType<Props> | undefined>(undefined);
  const failed = signal<unknown>(undefined);
  let asked = false;
  return (props) => {
    if (!asked) {
      asked = true;
      load().then(
        (screen) => {
          found.value = screen;
        },
        (error: unknown) => {
          asked = false;
          failed.value = error;
        },
      );
    }
    const Screen = found.value as ComponentType<object> | undefined;
    if (Screen !== undefined) return <Screen {...(props as object)} />;
    return failed.value === undefined ? <Loading /> : <Trouble error={failed.value} />;
  };
}

const Books = later(() => import('./screens/books.tsx').then(({ Books: screen }) => screen));
const ClusterScreen = later(() => import('./screens/cluster.tsx').then(({ Cluster: screen }) => screen));
const New = later(() => import('./screens/new.tsx').then(({ New: screen }) => screen));
const Payment = later(() => import('./screens/payment.tsx').then(({ Payment: screen }) => screen));
const Queue = later(() => import('./screens/queue.tsx').then(({ Queue: screen }) => screen));
const TenantsScreen = later(() => import('./screens/tenants.tsx').then(({ Tenants: screen }) => screen));
const TenantScreen = later(() => import('./screens/tenants.tsx').then(({ TenantScreen: screen }) => screen));
const SettingsScreen = later(() => import('./screens/settings.tsx').then(({ SettingsScreen: screen }) => screen));

function Screen(): JSX.Element {
  const [place = '', typed = ''] = route.value.path;
  // Whatever form an id has in an address, screens compare its decimal text.
  const id = readId(typed) ?? typed;
  switch (place) {
    case '':
    case 'sign-in':
      return <Home />;
    case 'find':
      return <Find />;
    case 'accounts':
      return <Accounts />;
    case 'account':
      return <Account id={id} key={id} />;
    case 'transfers':
      return <Transfers />;
    case 'transfer':
      return <Transfer id={id} key={id} />;
    case 'payment':
      return <Payment id={typed} key={typed} />;
    case 'holds':
      return <Holds />;
    case 'queue':
      return <Queue />;
    case 'cluster':
      return <ClusterScreen />;
    case 'tenants':
      return <TenantsScreen />;
    case 'tenant':
      return <TenantScreen number={typed} key={typed} />;
    case 'books':
      return <Books />;
    case 'settings':
      return <SettingsScreen />;
    case 'new':
      return <New what={typed} key={route.value.query.toString()} />;
    case 'request':
      return <Request id={typed} />;
    default:
      return <p class="empty">{say().nothingFound}</p>;
  }
}

const trouble = signal<unknown>(undefined);

function App(): JSX.Element {
  if (trouble.value !== undefined) {
    return (
      <main class="sign-in">
        <Trouble error={trouble.value} retry={open} />
      </main>
    );
  }
  if (session.value === undefined) return <Loading />;
  if (!session.value.signed_in) return <SignIn />;
  return (
    <Shell>
      <Screen />
    </Shell>
  );
}

function open(): void {
  trouble.value = undefined;
  begin().catch((error: unknown) => {
    trouble.value = error;
  });
}

applySettings();
watchAddress();
watchKeys();
guardUnload();
sleepWhileHidden();
render(<App />, document.getElementById('app')!);
open();
