/** The two services that every gRPC tool knows, as their specifications have them: health and reflection. */
import type { ProtoFile } from './file.ts';

export const health: ProtoFile = {
  path: 'grpc/health/v1/health.proto',
  package: 'grpc.health.v1',
  enums: [],
  messages: [
    { name: 'HealthCheckRequest', fields: [{ name: 'service', number: 1, type: 'string' }] },
    {
      name: 'HealthCheckResponse',
      fields: [{ name: 'status', number: 1, type: 'HealthCheckResponse.ServingStatus' }],
      enums: [
        {
          name: 'ServingStatus',
          values: ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'].map((name, number) => ({ name, number })),
        },
      ],
    },
  ],
  service: {
    name: 'Health',
    about: '',
    methods: [
      { name: 'Check', request: 'HealthCheckRequest', reply: 'HealthCheckResponse' },
      { name: 'Watch', request: 'HealthCheckRequest', reply: 'HealthCheckResponse', streams: 'reply' },
    ],
  },
};

/** `v1`, and `v1alpha` for tools that know no other. */
export function reflection(version: 'v1' | 'v1alpha'): ProtoFile {
  const asked = 'message_request';
  const answered = 'message_response';
  return {
    path: `grpc/reflection/${version}/reflection.proto`,
    package: `grpc.reflection.${version}`,
    enums: [],
    messages: [
      {
        name: 'ServerReflectionRequest',
        fields: [
          { name: 'host', number: 1, type: 'string' },
          { name: 'file_by_filename', number: 3, type: 'string', oneof: asked },
          { name: 'file_containing_symbol', number: 4, type: 'string', oneof: asked },
          { name: 'file_containing_extension', number: 5, type: 'ExtensionRequest', oneof: asked },
          { name: 'all_extension_numbers_of_type', number: 6, type: 'string', oneof: asked },
          { name: 'list_services', number: 7, type: 'string', oneof: asked },
        ],
      },
      {
        name: 'ExtensionRequest',
        fields: [
          { name: 'containing_type', number: 1, type: 'string' },
          { name: 'extension_number', number: 2, type: 'int32' },
        ],
      },
      {
        name: 'ServerReflectionResponse',
        fields: [
          { name: 'valid_host', number: 1, type: 'string' },
          { name: 'original_request', number: 2, type: 'ServerReflectionRequest' },
          { name: 'file_descriptor_response', number: 4, type: 'FileDescriptorResponse', oneof: answered },
          { name: 'all_extension_numbers_response', number: 5, type: 'ExtensionNumberResponse', oneof: answered },
          { name: 'list_services_response', number: 6, type: 'ListServiceResponse', oneof: answered },
          { name: 'error_response', number: 7, type: 'ErrorResponse', oneof: answered },
        ],
      },
      {
        name: 'FileDescriptorResponse',
        fields: [{ name: 'file_descriptor_proto', number: 1, type: 'bytes', repeated: true }],
      },
      {
        name: 'ExtensionNumberResponse',
        fields: [
          { name: 'base_type_name', number: 1, type: 'string' },
          { name: 'extension_number', number: 2, type: 'int32', repeated: true },
        ],
      },
      {
        name: 'ListServiceResponse',
        fields: [{ name: 'service', number: 1, type: 'ServiceResponse', repeated: true }],
      },
      { name: 'ServiceResponse', fields: [{ name: 'name', number: 1, type: 'string' }] },
      {
        name: 'ErrorResponse',
        fields: [
          { name: 'error_code', number: 1, type: 'int32' },
          { name: 'error_message', number: 2, type: 'string' },
        ],
      },
    ],
    service: {
      name: 'ServerReflection',
      about: '',
      methods: [
        {
          name: 'ServerReflectionInfo',
          request: 'ServerReflectionRequest',
          reply: 'ServerReflectionResponse',
          streams: 'both',
        },
      ],
    },
  };
}
