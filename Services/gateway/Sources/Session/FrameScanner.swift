import Domain
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
    static let depthLimit = 32

    static func scan(_ buffer: ByteBuffer) throws(FrameRefusal) -> ClientFrame {
        var parts = Parts()
        let isJSON = buffer.withUnsafeReadableBytes { bytes in
            var cursor = JSONCursor(bytes)
            return parts.readTop(&cursor)
        }
        guard isJSON else {
            let message = parts.repeated.map { "The name \"\($0)\" stands twice." }
            throw FrameRefusal(
                id: nil,
                refusal: Refusal(.badJSON, message ?? "A frame is one JSON object: {\"event\":…,\"data\":{…}}."))
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
        var repeated: String?

        mutating func readTop(_ cursor: inout JSONCursor) -> Bool {
            var seen: Set<String> = []
            cursor.skipSpace()
            let isObject = cursor.object { cursor, name in
                let start = cursor.offset
                switch name {
                case "id", "event", "data":
                    guard seen.insert(name).inserted else { return self.refuse(name) }
                default: return cursor.value(depth: 2)
                }
                if name == "event" {
                    guard cursor.peek == UInt8(ascii: "\"") else { return cursor.value(depth: 2) }
                    guard let text = cursor.string() else { return false }
                    self.event = text
                    return true
                }
                if name == "data", cursor.peek == UInt8(ascii: "{") {
                    guard self.readData(&cursor) else { return false }
                    self.data = start..<cursor.offset
                    return true
                }
                guard cursor.value(depth: 2) else { return false }
                let range = start..<cursor.offset
                if name == "data" {
                    self.dataIsWrong = !cursor.isNull(range)
                } else if !cursor.isNull(range) {
                    self.idIsWrong = !cursor.isFrameID(range)
                    self.id = range
                }
                return true
            }
            guard isObject else { return false }
            cursor.skipSpace()
            return cursor.isAtEnd
        }

        private mutating func readData(_ cursor: inout JSONCursor) -> Bool {
            var seen: Set<String> = []
            return cursor.object(depth: 2) { cursor, name in
                switch name {
                case "room_id", "squad_id", "message_id", "client_id":
                    guard seen.insert(name).inserted else { return self.refuse(name) }
                default: return cursor.value(depth: 3)
                }
                let start = cursor.offset
                guard cursor.peek == UInt8(ascii: "\"") else {
                    guard cursor.value(depth: 3) else { return false }
                    if !(name == "client_id" && cursor.isNull(start..<cursor.offset)) { self.wrong = name }
                    return true
                }
                guard let text = cursor.string() else { return false }
                switch name {
                case "room_id": self.roomID = text
                case "squad_id": self.squadID = text
                case "message_id": self.messageID = text
                default: self.clientID = text
                }
                return true
            }
        }

        private mutating func refuse(_ name: String) -> Bool {
            self.repeated = name
            return false
        }
    }
}
