import NIOCore
import WebSocket

/// What our own page, bots and apps hear on `/ws`: JSON objects, each one WebSocket text frame. Names need no escaping:
/// the words of a header are identifiers.
final class BrowserDialect: Dialect {
    /// `{"event":"new_message","room_id":…,"epoch":…,"seq":41,"data":{…}}`
    func event(_ event: LiveEvent) -> ByteBuffer {
        let header = event.header
        let number = header.sequence.map(String.init)
        let length =
            Self.fixedLength + header.event.utf8.count + header.room.utf8.count + header.epoch.utf8.count
            + (number.map { $0.utf8.count + 7 } ?? 0) + event.json.readableBytes
        var frame = Self.textFrame(length)
        frame.writeStaticString("{\"event\":\"")
        frame.writeString(header.event)
        frame.writeStaticString("\",\"room_id\":\"")
        frame.writeString(header.room)
        frame.writeStaticString("\",\"epoch\":\"")
        frame.writeString(header.epoch)
        frame.writeStaticString("\"")
        if let number {
            frame.writeStaticString(",\"seq\":")
            frame.writeString(number)
        }
        frame.writeStaticString(",\"data\":")
        frame.writeImmutableBuffer(event.json)
        frame.writeStaticString("}")
        return frame
    }

    private static let fixedLength = "{\"event\":\"\",\"room_id\":\"\",\"epoch\":\"\",\"data\":}".utf8.count

    /// `{"event":"notification","data":{…}}`
    func push(_ name: StaticString, _ json: ByteBuffer) -> ByteBuffer {
        self.frame("{\"event\":\"", ByteBuffer(staticString: name), "\",\"data\":", json)
    }

    /// `{"id":7,"ok":{…}}`; the JSON stays as chat made it.
    func ok(_ id: ByteBuffer, _ json: ByteBuffer) -> ByteBuffer {
        self.frame("{\"id\":", id, ",\"ok\":", json)
    }

    /// `{"id":7,"error":{…}}`; id `null` when the client gave none.
    func error(_ id: ByteBuffer?, _ json: ByteBuffer) -> ByteBuffer {
        self.frame("{\"id\":", id ?? ByteBuffer(staticString: "null"), ",\"error\":", json)
    }

    private func frame(
        _ head: StaticString, _ first: ByteBuffer, _ middle: StaticString, _ second: ByteBuffer
    ) -> ByteBuffer {
        let length =
            head.utf8CodeUnitCount + first.readableBytes + middle.utf8CodeUnitCount + second.readableBytes + 1
        var frame = Self.textFrame(length)
        frame.writeStaticString(head)
        frame.writeImmutableBuffer(first)
        frame.writeStaticString(middle)
        frame.writeImmutableBuffer(second)
        frame.writeStaticString("}")
        return frame
    }

    private static func textFrame(_ length: Int) -> ByteBuffer {
        var frame = ByteBufferAllocator().buffer(capacity: length + ServerFrame.headerLength(ofPayload: length))
        ServerFrame.appendTextHeader(payloadLength: length, to: &frame)
        return frame
    }
}
