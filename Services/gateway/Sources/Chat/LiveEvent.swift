import NIOCore
import WebSocket
import WireContract

/// One publication of a room as a gateway sees it: the header, read; the JSON, untouched.
struct LiveEvent: Equatable {
    let name: String
    let room: String
    let epoch: String
    /// `nil` for what the room's log does not hold.
    let sequence: Int?
    let flag: Publication.Flag
    /// Of a `room_state` alone, which stands inside replies: whether what follows it is complete.
    let completeness: Completeness?
    /// Whom the flag, or a typing notice, is about.
    let user: String?
    /// The JSON that becomes `data`; a slice of what was received.
    let json: ByteBuffer

    /// How much of what a room missed stands in a reply.
    enum Completeness: String {
        case complete = "R"
        case lost = "L"
        case morePages = "M"
    }

    init(
        name: String, room: String, epoch: String, sequence: Int? = nil, flag: Publication.Flag = .none,
        completeness: Completeness? = nil, user: String? = nil, json: ByteBuffer
    ) {
        self.name = name
        self.room = room
        self.epoch = epoch
        self.sequence = sequence
        self.flag = flag
        self.completeness = completeness
        self.user = user
        self.json = json
    }

    /// Reads a publication: `<event> <room> <epoch> <seq|-> <flags> <user|->⏎<json>`.
    init?(_ payload: ByteBuffer) {
        var payload = payload
        guard let header = LineReader.line(from: &payload) else { return nil }
        self.init(header: header, json: payload)
    }

    /// - Parameter header: A publication's first line.
    init?(header: ByteBuffer, json: ByteBuffer) {
        var words = WordReader(header)
        guard let name = words.next(), let room = words.next(), let epoch = words.next(), let number = words.next(),
            let flags = words.next(), let user = words.next(), words.isAtEnd
        else { return nil }
        let completeness = name == Publication.Event.roomState ? Completeness(rawValue: flags) : nil
        guard let flag = completeness == nil ? Publication.Flag(flags) : Publication.Flag.none else { return nil }
        let sequence = number == "-" ? nil : Int(number)
        guard number == "-" || (sequence ?? -1) >= 0 else { return nil }
        self.init(
            name: name, room: room, epoch: epoch, sequence: sequence, flag: flag, completeness: completeness,
            user: user == "-" ? nil : user, json: json)
    }

    /// The event as one whole WebSocket frame. Names need no escaping: a header's words are identifiers.
    var frame: ByteBuffer {
        let number = self.sequence.map(String.init)
        let length =
            Self.fixedLength + self.name.utf8.count + self.room.utf8.count + self.epoch.utf8.count
            + (number.map { $0.utf8.count + 7 } ?? 0) + self.json.readableBytes
        var frame = ByteBufferAllocator().buffer(capacity: length + ServerFrame.headerLength(ofPayload: length))
        ServerFrame.appendTextHeader(payloadLength: length, to: &frame)
        frame.writeStaticString("{\"event\":\"")
        frame.writeString(self.name)
        frame.writeStaticString("\",\"room_id\":\"")
        frame.writeString(self.room)
        frame.writeStaticString("\",\"epoch\":\"")
        frame.writeString(self.epoch)
        frame.writeStaticString("\"")
        if let number {
            frame.writeStaticString(",\"seq\":")
            frame.writeString(number)
        }
        frame.writeStaticString(",\"data\":")
        frame.writeImmutableBuffer(self.json)
        frame.writeStaticString("}")
        return frame
    }

    private static let fixedLength = "{\"event\":\"\",\"room_id\":\"\",\"epoch\":\"\",\"data\":}".utf8.count
}

/// Takes lines off the front of a buffer; nothing is copied.
enum LineReader {
    /// - Returns: The bytes before the next line break, which is consumed too; `nil` without a line break.
    static func line(from buffer: inout ByteBuffer) -> ByteBuffer? {
        guard
            let length = buffer.withUnsafeReadableBytes({ bytes -> Int? in
                bytes.firstIndex(of: UInt8(ascii: "\n"))
            })
        else { return nil }
        let line = buffer.readSlice(length: length)
        buffer.moveReaderIndex(forwardBy: 1)
        return line
    }
}

/// Takes words off a line: separated by exactly one space, never empty.
struct WordReader {
    private var rest: ByteBuffer
    private var hasMore = true

    init(_ line: ByteBuffer) {
        self.rest = line
    }

    var isAtEnd: Bool { !self.hasMore }

    mutating func next() -> String? {
        guard self.hasMore else { return nil }
        let space = self.rest.withUnsafeReadableBytes { $0.firstIndex(of: UInt8(ascii: " ")) }
        guard let word = self.rest.readString(length: space ?? self.rest.readableBytes), !word.isEmpty else {
            return nil
        }
        if space == nil { self.hasMore = false } else { self.rest.moveReaderIndex(forwardBy: 1) }
        return word
    }
}
