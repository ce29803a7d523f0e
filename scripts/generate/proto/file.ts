/** A .proto file as data: printed as text for people and their compilers, as a descriptor for reflection. */

export type Scalar = 'bytes' | 'string' | 'bool' | 'int32' | 'uint32' | 'uint64' | 'fixed64';

export interface ProtoField {
  readonly name: string;
  readonly number: number;
  /** A scalar, or the name of a message or enum of the same file; `Outer.Inner` for one inside another. */
  readonly type: Scalar | (string & {});
  readonly about?: string;
  readonly repeated?: true;
  /** Told apart from zero when it is absent. */
  readonly optional?: true;
  readonly oneof?: string;
}

export interface ProtoEnum {
  readonly name: string;
  readonly about?: string;
  readonly values: readonly { readonly name: string; readonly number: number; readonly about?: string }[];
}

export interface ProtoMessage {
  readonly name: string;
  readonly about?: string;
  readonly fields: readonly ProtoField[];
  /** Numbers that stand for something in the record and for nothing here. */
  readonly reserved?: readonly number[];
  readonly enums?: readonly ProtoEnum[];
}

export interface ProtoMethod {
  readonly name: string;
  readonly about?: string;
  readonly request: string;
  readonly reply: string;
  readonly streams?: 'reply' | 'both';
}

export interface ProtoFile {
  /** As others import it. */
  readonly path: string;
  readonly package: string;
  readonly enums: readonly ProtoEnum[];
  readonly messages: readonly ProtoMessage[];
  readonly service: { readonly name: string; readonly about: string; readonly methods: readonly ProtoMethod[] };
}
