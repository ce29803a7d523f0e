/** As much of pngjs as tests use; it brings no types. */
declare module 'pngjs' {
  export class PNG {
    constructor(options: { readonly width: number; readonly height: number });
    width: number;
    height: number;
    /** Red, green, blue and alpha of each pixel. */
    data: Buffer;
    static readonly sync: { read(bytes: Buffer): PNG; write(picture: PNG): Buffer };
  }
}
