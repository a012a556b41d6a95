import Domain
import JSON
import NIOCore

/// What a client asked, as far as a gateway must know it. The payload stays bytes: chat validates it.
struct ClientFrame: Equatable {
    /// The client's own number or text for the answer, as JSON; `nil` when it wants none.
    var id: ByteBuffer?
    var event: String
    /// One JSON object, proven to be valid.
    var data: ByteBuffer
    var roomID: String?
    var squadID: String?
    var messageID: String?
    var clientID: String?
}

/// Why a frame was refused, with its id where that could be read.
struct FrameRefusal: Error, Equatable {
    var id: ByteBuffer?
    var refusal: Refusal
}

/// Reads client frames from raw bytes in one pass: the grammar of JSON is checked to the last byte, but only a few
/// fields are kept. Decoding a frame would cost as much as five deliveries.
///
/// Strict where another reader might differ: a name that decides where a frame goes must not stand twice, and escapes
/// and numbers must be of their exact form.
enum FrameScanner {
    /// Nested arrays and objects that a frame may have.
    static let depthLimit = JSONCursor.usualDepth

    static func scan(_ buffer: ByteBuffer) throws(FrameRefusal) -> ClientFrame {
        var parts = Parts()
        let failure = buffer.withUnsafeReadableBytes { bytes -> JSONError? in
            var cursor = JSONCursor(bytes, maximumDepth: Self.depthLimit)
            do throws(JSONError) { try parts.read(&cursor) } catch { return error }
            return nil
        }
        switch failure {
        case .duplicateName(let name):
            throw FrameRefusal(id: nil, refusal: Refusal(.badJSON, "The name \"\(name)\" stands twice."))
        case .malformed, .unexpected:
            throw FrameRefusal(
                id: nil, refusal: Refusal(.badJSON, "A frame is one JSON object: {\"event\":…,\"data\":{…}}."))
        case nil: break
        }
        func slice(_ range: Range<Int>) -> ByteBuffer {
            buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
        }
        let id = parts.id.map(slice)
        func refuse(_ field: String, _ message: String) -> FrameRefusal {
            FrameRefusal(id: id, refusal: Refusal(.invalidField, message, field: field))
        }
        if parts.idIsWrong {
            throw FrameRefusal(
                id: nil,
                refusal: Refusal(
                    .invalidField, "id must be a whole number from 0 or a text of 1 to 64 bytes.", field: "id"))
        }
        guard let event = parts.event else { throw refuse("event", "event must be a text.") }
        if parts.dataIsWrong { throw refuse("data", "data must be an object.") }
        if let field = parts.wrong { throw refuse(field, "\(field) must be a text.") }
        return ClientFrame(
            id: id, event: event, data: parts.data.map(slice) ?? ByteBuffer(string: "{}"), roomID: parts.roomID,
            squadID: parts.squadID, messageID: parts.messageID, clientID: parts.clientID)
    }

    /// What one pass finds; ranges are offsets into the frame.
    private struct Parts {
        var id: Range<Int>?
        var idIsWrong = false
        var event: String?
        var data: Range<Int>?
        var dataIsWrong = false
        var roomID: String?
        var squadID: String?
        var messageID: String?
        var clientID: String?
        /// A field of `data` that should be a text and is none.
        var wrong: String?

        mutating func read(_ cursor: inout JSONCursor) throws(JSONError) {
            var seen = SeenNames()
            cursor.skipWhitespace()
            try cursor.object { (cursor, name) throws(JSONError) in
                switch cursor.string(name) {
                case "id":
                    try seen.insert(.id)
                    try self.readID(&cursor)
                case "event":
                    try seen.insert(.event)
                    self.event = try Self.string(&cursor)
                case "data":
                    try seen.insert(.data)
                    try self.readData(&cursor)
                default: try cursor.value()
                }
            }
            try cursor.end()
        }

        private mutating func readID(_ cursor: inout JSONCursor) throws(JSONError) {
            let start = cursor.offset
            let kind = try cursor.value()
            guard kind != .null else { return }
            self.id = start..<cursor.offset
            self.idIsWrong = !Self.isFrameID(cursor.bytes(in: start..<cursor.offset))
        }

        private mutating func readData(_ cursor: inout JSONCursor) throws(JSONError) {
            guard cursor.peek == UInt8(ascii: "{") else {
                self.dataIsWrong = try cursor.value() != .null
                return
            }
            let start = cursor.offset
            var seen = SeenNames()
            try cursor.object { (cursor, name) throws(JSONError) in
                switch cursor.string(name) {
                case "room_id":
                    try seen.insert(.roomID)
                    self.roomID = try self.string("room_id", &cursor)
                case "squad_id":
                    try seen.insert(.squadID)
                    self.squadID = try self.string("squad_id", &cursor)
                case "message_id":
                    try seen.insert(.messageID)
                    self.messageID = try self.string("message_id", &cursor)
                case "client_id":
                    try seen.insert(.clientID)
                    self.clientID = try self.string("client_id", &cursor, mayBeNull: true)
                default: try cursor.value()
                }
            }
            self.data = start..<cursor.offset
        }

        /// The text of a field of `data`; anything else is passed over and remembered.
        private mutating func string(
            _ name: String, _ cursor: inout JSONCursor, mayBeNull: Bool = false
        ) throws(JSONError) -> String? {
            let isNull = cursor.peek == UInt8(ascii: "n")
            let text = try Self.string(&cursor)
            if text == nil, !(mayBeNull && isNull) { self.wrong = name }
            return text
        }

        /// A text, or nil for a value of another kind. Half a surrogate pair where a text decides is no JSON to us.
        private static func string(_ cursor: inout JSONCursor) throws(JSONError) -> String? {
            let start = cursor.offset
            guard cursor.peek == UInt8(ascii: "\"") else {
                try cursor.value()
                return nil
            }
            guard let text = cursor.string(try cursor.text()) else { throw .malformed(offset: start) }
            return text
        }

        /// A whole number from 0 of at most 16 digits, or a text of 1 to 64 bytes without escapes.
        private static func isFrameID(_ token: Slice<UnsafeRawBufferPointer>) -> Bool {
            if token.first == UInt8(ascii: "\"") {
                return (3...66).contains(token.count) && !token.contains(UInt8(ascii: "\\"))
            }
            return token.count <= 16 && token.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        }
    }

    /// The names of one object that decide where a frame goes, as far as they have been read.
    private struct SeenNames {
        enum Name: String {
            case id, event, data
            case roomID = "room_id"
            case squadID = "squad_id"
            case messageID = "message_id"
            case clientID = "client_id"
        }

        private var names: [Name] = []

        mutating func insert(_ name: Name) throws(JSONError) {
            guard !self.names.contains(name) else { throw .duplicateName(name.rawValue) }
            self.names.append(name)
        }
    }
}
