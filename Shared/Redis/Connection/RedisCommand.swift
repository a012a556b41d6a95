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
    public init(_ name: String, _ arguments: RedisArgument...) { self.init(name, arguments) }

    /// - Parameters:
    ///   - name: One word, such as `DEL`.
    ///   - arguments: Sent as they are.
    public init(_ name: String, _ arguments: [RedisArgument]) {
        self.init(RedisArguments([RedisArgument(name)]), RedisArguments(arguments))
    }

    /// - Parameter arguments: The name and all that follows it; at least the name.
    public init(_ arguments: [RedisArgument]) { self.init(RedisArguments(arguments)) }

    /// - Parameter parts: The name and all that follows it, in order; at least the name.
    public init(_ parts: RedisArguments...) {
        let count = parts.reduce(0) { $0 + $1.count }
        precondition(count > 0, "a command needs a name")
        var head = [UInt8(ascii: "*")]
        head.append(decimal: count)
        head += "\r\n".utf8
        var bytes = ByteBuffer()
        bytes.reserveCapacity(parts.reduce(head.count) { $0 + $1.bytes.count })
        bytes.writeBytes(head)
        for part in parts { bytes.writeBytes(part.bytes) }
        self.bytes = bytes
    }

    /// The same command with a time limit of its own.
    public func timeout(_ timeout: Duration) -> RedisCommand {
        var command = self
        command.timeout = timeout
        return command
    }
}
