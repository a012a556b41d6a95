/// An error reply of the server, such as `-NOSCRIPT No matching script.`
public struct RedisServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the first word of an error reply means to a caller.
    public enum Kind: Equatable, Sendable {
        /// `LOADING`: the server reads its data from disk.
        case loading
        /// `READONLY`: the server is a replica, as after a failover.
        case readOnly
        /// `OOM`: `maxmemory` is reached and nothing may be evicted.
        case outOfMemory
        /// `MISCONF`: the server cannot save and therefore refuses writes.
        case misconfigured
        /// `NOREPLICAS`: fewer replicas than `min-replicas-to-write`.
        case noReplicas
        /// `NOSCRIPT`: `EVALSHA` named a script that the server does not hold.
        case noScript
        /// `NOGROUP`: the stream or its consumer group does not exist.
        case noGroup
        /// `UNBLOCKED`: the key of a blocked command was deleted.
        case unblocked
        /// `WRONGTYPE`: the key holds another type.
        case wrongType
        /// `BUSYGROUP`: the consumer group exists already.
        case busyGroup
        /// `BUSY`: a script runs too long, or one of our scripts refused at a bound.
        case busy
        /// `MOVED`: the slot lives on another node of the cluster.
        case moved
        /// `ASK`: the slot is on its way to another node of the cluster.
        case ask
        /// `NOAUTH`, `WRONGPASS` or `NOPERM`.
        case authentication
        /// `CROSSSLOT`: the keys of one command live in several slots.
        case crossSlot
        /// Any other word.
        case other
    }

    /// The first word, as sent: `ERR`, `NOSCRIPT`, or the word that a script chose.
    public let code: String
    /// Everything after the first word.
    public let message: String
    /// What ``code`` means.
    public let kind: Kind

    /// - Parameter text: The error line without its leading `-`.
    public init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        self.code = parts.first.map(String.init) ?? ""
        self.message = parts.count > 1 ? String(parts[1]) : ""
        self.kind = Self.kind(of: self.code)
    }

    /// Whether the same command may succeed later without anybody changing it.
    public var isRetryable: Bool {
        switch self.kind {
        case .loading, .readOnly, .outOfMemory, .misconfigured, .noReplicas, .busy: true
        case .noScript, .noGroup, .unblocked, .wrongType, .busyGroup, .moved, .ask, .authentication, .crossSlot,
            .other:
            // `TRYAGAIN` and `CLUSTERDOWN` pass by themselves, and so does a master that a replica lost.
            ["TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"].contains(self.code)
        }
    }

    public var description: String { self.message.isEmpty ? self.code : "\(self.code) \(self.message)" }

    private static func kind(of code: String) -> Kind {
        switch code {
        case "LOADING": .loading
        case "READONLY": .readOnly
        case "OOM": .outOfMemory
        case "MISCONF": .misconfigured
        case "NOREPLICAS": .noReplicas
        case "NOSCRIPT": .noScript
        case "NOGROUP": .noGroup
        case "UNBLOCKED": .unblocked
        case "WRONGTYPE": .wrongType
        case "BUSYGROUP": .busyGroup
        case "BUSY": .busy
        case "MOVED": .moved
        case "ASK": .ask
        case "NOAUTH", "WRONGPASS", "NOPERM": .authentication
        case "CROSSSLOT": .crossSlot
        default: .other
        }
    }
}
