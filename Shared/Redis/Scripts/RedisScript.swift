internal import NIOConcurrencyHelpers

/// A Lua script that runs on the server, atomically. Copies share what is known of it, so keep one in a `static let`.
public struct RedisScript: Sendable {
    /// One run of a script.
    public struct Call: Sendable {
        public var script: RedisScript
        /// All keys (and shard channels) that it touches: in a cluster they decide where it runs.
        public var keys: [String] { self.places.values.map { String(decoding: $0, as: UTF8.self) } }
        public let arguments: RedisArguments
        private let places: RedisArguments

        public init(_ script: RedisScript, keys: [String], arguments: [RedisArgument] = []) {
            self.init(
                script, keys: RedisArguments(keys.map { RedisArgument($0) }), arguments: RedisArguments(arguments))
        }

        public init(_ script: RedisScript, keys: RedisArguments, arguments: RedisArguments) {
            self.script = script
            self.places = keys
            self.arguments = arguments
        }

        /// `EVALSHA`, once the digest is known.
        var command: RedisCommand? {
            guard let digest = self.script.knownDigest else { return nil }
            return RedisCommand(
                RedisArguments(["EVALSHA", RedisArgument(digest), RedisArgument(self.places.count)]), self.places,
                self.arguments)
        }
    }

    /// For logs.
    public let name: String
    let source: RedisArgument
    /// The name under which the server keeps it, as `SCRIPT LOAD` told: the same on every server.
    private let digest = Digest()

    private final class Digest: Sendable {
        let text = NIOLockedValueBox<String?>(nil)
    }

    public init(name: String, source: String) {
        self.name = name
        self.source = RedisArgument(source)
    }

    /// - Parameter source: UTF-8, as an embedded resource gives it.
    public init(name: String, source: [UInt8]) {
        self.name = name
        self.source = RedisArgument(source)
    }

    var knownDigest: String? {
        get { self.digest.text.withLockedValue { $0 } }
        nonmutating set { self.digest.text.withLockedValue { $0 = newValue } }
    }

    /// Whether both are copies of one script.
    func isSame(as other: RedisScript) -> Bool { self.digest === other.digest }

    var loadCommand: RedisCommand { RedisCommand("SCRIPT", ["LOAD", self.source]) }
}
