internal import Redis

/// How long the oldest write is let alone before it is tried again. Pure.
///
/// An entry may ask for many things, one after the other. What gives the same answer for ever (a right of ours at the server
/// that was taken away) would be tried without end, as fast as we can.
struct StuckWrite {
    /// Tries with the same answer that follow each other without a pause.
    private static let freeTries = 3

    private var entry = StreamID.zero
    private var answer = ""
    private var tries = 0

    /// - Parameter answer: What the entry's script gave instead of applying it.
    mutating func pause(of entry: StreamID, after answer: String) -> Duration {
        let isSame = self.entry == entry && self.answer == answer
        (self.entry, self.answer, self.tries) = (entry, answer, isSame ? self.tries + 1 : 1)
        return self.tries > Self.freeTries ? .milliseconds(min(50 * self.tries, 1_000)) : .zero
    }
}
