import NIOCore
import WireContract

/// One publication of a room as a gateway sees it: the header, read; the JSON, untouched.
struct LiveEvent: Equatable {
    let header: Publication.Header
    /// The JSON that becomes `data`; a slice of what was received.
    let json: ByteBuffer

    var name: String { self.header.event }
    var room: String { self.header.room }
    var epoch: String { self.header.epoch }
    var sequence: Int? { self.header.sequence }
    var flag: Publication.Flag { self.header.flag }
    var completeness: Publication.Completeness? { self.header.completeness }
    var user: String? { self.header.user }

    init(_ header: Publication.Header, json: ByteBuffer) {
        self.header = header
        self.json = json
    }

    /// Reads a publication.
    init?(_ payload: ByteBuffer) {
        var payload = payload
        guard let line = LineReader.line(from: &payload) else { return nil }
        self.init(line: line, json: payload)
    }

    /// - Parameter line: A publication's first.
    init?(line: ByteBuffer, json: ByteBuffer) {
        guard let header = line.withUnsafeReadableBytes({ Publication.Header($0) }) else { return nil }
        self.init(header, json: json)
    }
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
