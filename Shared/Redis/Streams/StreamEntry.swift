public import NIOCore

/// The place of an entry in a stream: `<milliseconds>-<sequence>`.
public struct StreamID: Comparable, Hashable, Sendable, CustomStringConvertible {
    /// Before every entry.
    public static let zero = StreamID(milliseconds: 0, sequence: 0)

    public var milliseconds: UInt64
    public var sequence: UInt64

    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// - Parameter text: `5-1`, or `5` for `5-0`.
    public init?(_ text: String) {
        let bytes = text.utf8
        let border = bytes.firstIndex(of: UInt8(ascii: "-"))
        guard let milliseconds = UInt64(text[..<(border ?? bytes.endIndex)]) else { return nil }
        self.milliseconds = milliseconds
        self.sequence = 0
        if let border {
            guard let sequence = UInt64(text[bytes.index(after: border)...]) else { return nil }
            self.sequence = sequence
        }
    }

    public var description: String { String(self.milliseconds) + "-" + String(self.sequence) }

    public static func < (left: StreamID, right: StreamID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}

/// One entry of a stream. Its values are slices of what one read brought: copy what is to be kept for long.
public struct StreamEntry: Sendable {
    public let id: StreamID
    /// In the order of `XADD`. Empty for an entry that was deleted while it was pending.
    public let fields: [(String, ByteBuffer)]

    public init(id: StreamID, fields: [(String, ByteBuffer)]) {
        self.id = id
        self.fields = fields
    }

    /// The first value of a field.
    public subscript(name: String) -> ByteBuffer? {
        for place in self.fields.indices where self.fields[place].0 == name { return self.fields[place].1 }
        return nil
    }

    /// The first value of a field as UTF-8, repaired where it is not.
    public func string(_ name: String) -> String? { self[name].map { String(buffer: $0) } }

    /// `[id, [field, value, …]]`, or `[id, nil]` for a deleted one.
    init(_ value: RedisValue) throws(RedisError) {
        guard let parts = value.array, parts.count == 2, let id = parts[0].string.flatMap({ StreamID($0) }) else {
            throw .unexpectedReply("not a stream entry")
        }
        var fields: [(String, ByteBuffer)] = []
        if let flat = parts[1].array {
            fields.reserveCapacity(flat.count / 2)
            for index in stride(from: 0, to: flat.count - 1, by: 2) {
                fields.append((flat[index].string ?? "", flat[index + 1].buffer ?? ByteBuffer()))
            }
        }
        self.init(id: id, fields: fields)
    }

    static func list(_ value: RedisValue) throws(RedisError) -> [StreamEntry] {
        guard let elements = value.array else { throw .unexpectedReply("not a list of stream entries") }
        var entries: [StreamEntry] = []
        entries.reserveCapacity(elements.count)
        for element in elements where !element.isNull { entries.append(try StreamEntry(element)) }
        return entries
    }
}

/// The entries that one read found in one stream.
public struct StreamBatch: Sendable {
    public let stream: String
    /// Oldest first.
    public let entries: [StreamEntry]

    static func list(_ value: RedisValue) throws(RedisError) -> [StreamBatch] {
        if value.isNull { return [] }
        guard let streams = value.array else { throw .unexpectedReply("not a list of streams") }
        var batches: [StreamBatch] = []
        for stream in streams {
            guard let parts = stream.array, parts.count == 2, let name = parts[0].string else {
                throw .unexpectedReply("not a stream")
            }
            batches.append(StreamBatch(stream: name, entries: try StreamEntry.list(parts[1])))
        }
        return batches
    }
}
