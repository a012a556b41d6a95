internal import NIOConcurrencyHelpers

/// The right to work on one partition, for as long as its token stands in the partition's state.
///
/// The lease itself only says whether to go on. What makes it safe is the token: every script compares it, so that a
/// process which was frozen past its lease changes nothing after waking.
public final class PartitionLease: Sendable {
    public let partition: Int
    /// Random; another one for every time a partition is taken.
    public let token: String
    private let wanted = NIOLockedValueBox(true)

    public init(partition: Int, token: String) {
        self.partition = partition
        self.token = token
    }

    /// Whether to go on. `false` means: finish the batch and return.
    public var isWanted: Bool { self.wanted.withLockedValue { $0 } }

    /// Ends the work after the present batch: the lease was lost, or goes back to the others.
    public func end() {
        self.wanted.withLockedValue { $0 = false }
    }

    /// 128 random bits as hexadecimal digits.
    public static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
