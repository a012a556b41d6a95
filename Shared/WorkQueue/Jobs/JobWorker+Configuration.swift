extension JobWorker {
    /// How a worker works.
    public struct Configuration: Sendable {
        /// Jobs in hand at one time, at least 1. They count as begun: no more than are about to be done.
        public var concurrency: Int
        /// Jobs handed out together, at least 1.
        public var together: Int
        /// Length of a claim, renewed three times within it: the longest a job of a dead worker waits.
        public var lease: Duration
        /// How often a job is repeated although it may have happened.
        public var repeats: Int
        /// How long a graceful shutdown waits for attempts before it cancels them.
        public var drain: Duration

        /// - Parameters:
        ///   - concurrency: Jobs in hand at one time; default 16.
        ///   - together: Jobs handed out together; default 1.
        ///   - lease: Length of a claim; default 15 s.
        ///   - repeats: Repeats of a job that may have happened; default 1.
        ///   - drain: Wait at shutdown; default 5 s.
        public init(
            concurrency: Int = 16, together: Int = 1, lease: Duration = .seconds(15), repeats: Int = 1,
            drain: Duration = .seconds(5)
        ) {
            self.concurrency = max(1, concurrency)
            self.together = max(1, together)
            self.lease = lease
            self.repeats = repeats
            self.drain = drain
        }
    }
}
