internal import CHiredis
public import NIOCore

/// One argument of a command: text, a number in decimal digits, or any bytes.
public struct RedisArgument: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringInterpolation
{
    enum Storage {
        case text(String)
        case bytes([UInt8])
        case buffer(ByteBuffer)
    }

    let storage: Storage

    /// The UTF-8 bytes of the text.
    public init(_ text: String) { self.storage = .text(text) }
    /// The number in decimal digits.
    public init(_ number: Int) { self.storage = .text(String(number)) }
    /// The readable bytes.
    public init(_ buffer: ByteBuffer) { self.storage = .buffer(buffer) }
    /// The bytes.
    public init(_ bytes: [UInt8]) { self.storage = .bytes(bytes) }
    public init(stringLiteral text: String) { self.init(text) }
    public init(integerLiteral number: Int) { self.init(number) }

    /// Appends the argument's bytes and returns how many there were.
    func append(to bytes: inout [UInt8]) -> Int {
        let start = bytes.count
        switch self.storage {
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .bytes(let argument): bytes.append(contentsOf: argument)
        case .buffer(let buffer): bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes.count - start
    }
}

/// One command, in the form that goes over the wire. Formatting happens here, on the caller's thread, so that the event
/// loop only copies bytes.
public struct RedisCommand: Sendable {
    /// The command as RESP.
    let bytes: ByteBuffer
    /// How long to wait for the reply; `nil` is the connection's limit. A blocking command needs its blocking time and
    /// some seconds more.
    public var timeout: Duration?

    /// - Parameters:
    ///   - name: One word, such as `XADD`; a subcommand is the first argument.
    ///   - arguments: Sent as they are: nothing is quoted or split.
    public init(_ name: String, _ arguments: RedisArgument...) {
        self.init([RedisArgument(name)] + arguments)
    }

    /// - Parameters:
    ///   - name: One word, such as `DEL`.
    ///   - arguments: Sent as they are.
    public init(_ name: String, _ arguments: [RedisArgument]) {
        self.init([RedisArgument(name)] + arguments)
    }

    /// - Parameter arguments: The name and all that follows it; at least the name.
    public init(_ arguments: [RedisArgument]) {
        precondition(!arguments.isEmpty, "a command needs a name")
        self.bytes = Self.format(arguments)
    }

    /// The same command with a time limit of its own.
    public func timeout(_ timeout: Duration) -> RedisCommand {
        var command = self
        command.timeout = timeout
        return command
    }

    /// hiredis wants one pointer per argument. All arguments lie in one array, so that the pointers are offsets into it.
    private static func format(_ arguments: [RedisArgument]) -> ByteBuffer {
        var flat: [UInt8] = []
        flat.reserveCapacity(arguments.count * 32)
        var lengths: [Int] = []
        lengths.reserveCapacity(arguments.count)
        for argument in arguments { lengths.append(argument.append(to: &flat)) }
        flat.append(0)  // never empty, so that there is a base address

        return flat.withUnsafeBytes { raw in
            let characters = raw.bindMemory(to: CChar.self)
            return withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: lengths.count) { pointers in
                var offset = 0
                for (index, length) in lengths.enumerated() {
                    pointers.initializeElement(at: index, to: characters.baseAddress?.advanced(by: offset))
                    offset += length
                }
                var target: UnsafeMutablePointer<CChar>?
                let count = redisFormatCommandArgv(&target, Int32(lengths.count), pointers.baseAddress, lengths)
                guard count >= 0, let target else { preconditionFailure("out of memory for a command") }
                defer { redisFreeCommand(target) }
                return ByteBuffer(bytes: UnsafeRawBufferPointer(start: target, count: Int(count)))
            }
        }
    }
}
