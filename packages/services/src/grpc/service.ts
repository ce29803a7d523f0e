/** Payments at a gRPC door, in the words that HTTP has. */
import type { Asker, GrpcService, ServiceMethod } from 'tallystick/internal/model';
import { Tenants } from '../payments/tenants.ts';
import { described } from './gen/descriptor.ts';
import { PAYMENTS_SERVICE, type PaymentMethod, paymentMethods, type Words } from './methods.ts';

export class PaymentsService implements GrpcService {
  readonly name: string = PAYMENTS_SERVICE;
  readonly methods: readonly PaymentMethod[] = paymentMethods;
  readonly described: GrpcService['described'] = described;
  readonly #tenants: Tenants;

  constructor(tenants: Tenants) {
    this.#tenants = tenants;
  }

  async answer(method: ServiceMethod, message: object, asker: Asker): Promise<object> {
    const { right, act } = method as PaymentMethod;
    return act(await this.#tenants.of(asker, right, Tenants.costOf(message)), message as Words);
  }
}
