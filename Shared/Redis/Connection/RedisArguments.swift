/// Arguments as they go over the wire, one behind the other. What is put together for every message costs far less so than as
/// values that are kept, copied and formatted later.
public struct RedisArguments: Sendable {
    public private(set) var count = 0
    /// Bulk strings of RESP.
    private(set) var bytes: [UInt8] = []

    public init() {}

    public init(_ arguments: [RedisArgument]) {
        self.bytes.reserveCapacity(arguments.count * 32)
        for argument in arguments { self.append(argument) }
    }

    /// Makes room for what is to come.
    public mutating func reserveCapacity(lengthInBytes: Int) { self.bytes.reserveCapacity(lengthInBytes) }

    public mutating func append(_ argument: RedisArgument) {
        switch argument.storage {
        case .text(let text): self.append(text)
        case .bytes(let bytes): self.append(bytes)
        case .buffer(let buffer): self.append(contentsOf: buffer.readableBytesView, count: buffer.readableBytes)
        }
    }

    /// The UTF-8 bytes of the text.
    public mutating func append(_ text: String) { self.append(contentsOf: text.utf8, count: text.utf8.count) }

    /// The number in decimal digits.
    public mutating func append(_ number: Int) { self.append(String(number)) }

    /// The id as the server writes it.
    public mutating func append(_ id: StreamID) {
        var text: [UInt8] = []
        text.reserveCapacity(40)
        text.append(decimal: id.milliseconds)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: id.sequence)
        self.append(text)
    }

    /// The bytes.
    public mutating func append(_ argument: [UInt8]) { self.append(contentsOf: argument, count: argument.count) }

    /// All of the others, behind these.
    public mutating func append(_ others: RedisArguments) {
        self.count += others.count
        self.bytes.append(contentsOf: others.bytes)
    }

    /// Each as it was given.
    public var values: [[UInt8]] {
        var values: [[UInt8]] = []
        values.reserveCapacity(self.count)
        var position = 0
        while values.count < self.count {
            var length = 0
            position += 1  // `$`
            while self.bytes[position] != UInt8(ascii: "\r") {
                length = length * 10 + Int(self.bytes[position] - UInt8(ascii: "0"))
                position += 1
            }
            position += 2
            values.append(Array(self.bytes[position..<position + length]))
            position += length + 2
        }
        return values
    }

    @inline(__always)
    private mutating func append(contentsOf argument: some Sequence<UInt8>, count: Int) {
        self.count += 1
        self.bytes.append(UInt8(ascii: "$"))
        self.bytes.append(decimal: count)
        self.bytes.append(UInt8(ascii: "\r"))
        self.bytes.append(UInt8(ascii: "\n"))
        self.bytes.append(contentsOf: argument)
        self.bytes.append(UInt8(ascii: "\r"))
        self.bytes.append(UInt8(ascii: "\n"))
    }
}

extension [UInt8] {
    /// Appends the decimal digits of a number that is not negative.
    mutating func append(decimal number: some BinaryInteger) {
        if number >= 10 { self.append(decimal: number / 10) }
        self.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
