/**
 * The terminal of the person who started the program: keys in, cells out.
 * The program that owns one puts it into its host; nobody else has any.
 */
export interface TerminalDevice {
  /** A person looks and types, and the cursor can be moved. False for pipes, files and terminals that can only append. */
  readonly isTerminal: boolean;
  /** The person takes colours: the terminal has them and nobody refused them. */
  readonly hasColors: boolean;
  /** Cells of a line now, at least 1. */
  readonly columns: number;
  /** Lines of the screen now, at least 1. */
  readonly rows: number;
  /** Resolves when the text was taken, or dropped because nobody takes any more; never rejects. */
  write(text: string): Promise<void>;
  /** What is typed, decoded, as it arrives; a chunk may end anywhere between two characters. Ends with the input. One reader at a time. */
  read(signal: AbortSignal): AsyncIterable<string>;
  /** Tells when the size has changed; returns how to stop. */
  onResize(changed: () => void): () => void;
  /**
   * Gives keys as they are pressed, unechoed, none of them a signal, until the
   * returned function is called. However the process ends, `farewell` is
   * written and the terminal put back as it was.
   */
  takeKeys(farewell: string): () => void;
}
