/** A node's role among the others: it reads the stream, it may append to it, or it does neither any more. */
export type Role = 'following' | 'leading' | 'ended';
