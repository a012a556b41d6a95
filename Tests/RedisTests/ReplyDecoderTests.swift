import NIOCore
import TestSupport
import Testing

@testable import Redis

struct ReplyDecoderTests {
    private static let wire =
        "+OK\r\n:-42\r\n$-1\r\n$0\r\n\r\n$5\r\na\r\nbc\r\n-NOSCRIPT No matching script.\r\n*-1\r\n*0\r\n"
        + "*3\r\n:1\r\n*2\r\n$3\r\none\r\n*1\r\n$-1\r\n-ERR inside\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:7\r\n+END\r\n"

    private static let replies: [RedisValue] = [
        .status("OK"), .integer(-42), .null, .bulk(ByteBuffer()), .bulk(ByteBuffer(string: "a\r\nbc")),
        .error(RedisServerError("NOSCRIPT No matching script.")), .null, .array([]),
        .array([
            .integer(1), .array([.bulk(ByteBuffer(string: "one")), .array([.null])]),
            .error(RedisServerError("ERR inside")),
        ]),
        .array([.array([.array([.array([.array([.array([.integer(7)])])])])])]), .status("END"),
    ]

    /// Feeds the pieces one after another.
    private func decode(_ pieces: [ByteBuffer], with decoder: ReplyDecoder) -> [RedisValue] {
        var values: [RedisValue] = []
        for piece in pieces {
            decoder.feed(piece)
            while let value = decoder.next() { values.append(value) }
            decoder.finish()
        }
        return values
    }

    @Test("every kind of reply is read, wherever the bytes are split in two")
    func splitEverywhere() {
        let bytes = Array(Self.wire.utf8)
        for split in 0...bytes.count {
            let pieces = [bytes[..<split], bytes[split...]].filter { !$0.isEmpty }.map { ByteBuffer(bytes: $0) }
            let decoder = ReplyDecoder(maxReplyBytes: 1_000)
            #expect(self.decode(pieces, with: decoder) == Self.replies, "split at \(split)")
            #expect(decoder.failure == nil)
        }
    }

    @Test("byte after byte is read like all at once")
    func byteByByte() {
        let decoder = ReplyDecoder(maxReplyBytes: 1_000)
        let pieces = Self.wire.utf8.map { ByteBuffer(bytes: [$0]) }
        #expect(self.decode(pieces, with: decoder) == Self.replies)
    }

    @Test("many replies in pieces of any size stay in order and whole", arguments: [UInt64(1), 2, 3])
    func randomPieces(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let texts = (0..<300).map { "\($0):" + String(repeating: "x", count: .random(in: 0...5_000, using: &random)) }
        var rest = ByteBuffer(string: texts.map { "*2\r\n:1\r\n$\($0.utf8.count)\r\n\($0)\r\n" }.joined())
        let decoder = ReplyDecoder(maxReplyBytes: 10_000)
        var values: [RedisValue] = []
        while rest.readableBytes > 0 {
            let size = min(rest.readableBytes, .random(in: 1...40_000, using: &random))
            values += self.decode([rest.readSlice(length: size) ?? ByteBuffer()], with: decoder)
        }
        // Slices are compared only now: they must not change with what was read after them.
        #expect(values == texts.map { .array([.integer(1), .bulk(ByteBuffer(string: $0))]) })
    }

    @Test("publications are read without touching other replies, wherever they are split")
    func publications() {
        let wire =
            "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$3\r\none\r\n*3\r\n$8\r\nsmessage\r\n$3\r\n{b}\r\n$0\r\n\r\n"
            + "*3\r\n$10\r\nssubscribe\r\n$3\r\n{c}\r\n:1\r\n*3\r\n$8\r\nsmessage\r\n$3\r\n{b}\r\n$3\r\ntwo\r\n"
        let bytes = Array(wire.utf8)
        for split in 1..<bytes.count {
            let decoder = ReplyDecoder(maxReplyBytes: 1_000)
            var seen: [String] = []
            for piece in [bytes[..<split], bytes[split...]] {
                decoder.feed(ByteBuffer(bytes: piece))
                while let push = decoder.nextPush() {
                    switch push {
                    case .publication(let channel, let payload, let isSharded):
                        seen.append("\(channel) \(String(buffer: payload)) \(isSharded)")
                    case .other(let value): seen.append(value.array?.first?.string ?? "")
                    }
                }
                decoder.finish()
            }
            #expect(seen == ["a one false", "{b}  true", "ssubscribe", "{b} two true"], "split at \(split)")
        }
    }

    @Test("a bulk above the limit is refused by its header, before its bytes come")
    func announcedSize() {
        let decoder = ReplyDecoder(maxReplyBytes: 100_000_000)
        #expect(self.decode([ByteBuffer(string: "+OK\r\n$100000001\r\nx")], with: decoder) == [.status("OK")])
        #expect(decoder.failure == .protocolViolation("a reply of more than 100000000 bytes"))
    }

    @Test("an array above the limit is refused while it comes, one below it is not")
    func collectedSize() {
        let element = "$1000\r\n" + String(repeating: "x", count: 1_000) + "\r\n"
        func decoder(after count: Int) -> ReplyDecoder {
            let decoder = ReplyDecoder(maxReplyBytes: 50_000)
            _ = self.decode(
                [ByteBuffer(string: "*1000\r\n")] + (0..<count).map { _ in ByteBuffer(string: element) },
                with: decoder)
            return decoder
        }
        #expect(decoder(after: 48).failure == nil)
        #expect(decoder(after: 51).failure != nil)
    }

    @Test("an endless array of empty elements is refused as well")
    func tokenSize() {
        let decoder = ReplyDecoder(maxReplyBytes: 50_000)
        _ = self.decode(
            [ByteBuffer(string: "*2000000000\r\n" + String(repeating: "*0\r\n", count: 10_000))], with: decoder)
        #expect(decoder.failure != nil)
    }

    @Test("what is not RESP ends the connection, after the replies before it", arguments: ["!x\r\n", "$abc\r\n"])
    func garbage(garbage: String) {
        let decoder = ReplyDecoder(maxReplyBytes: 1_000)
        #expect(self.decode([ByteBuffer(string: ":1\r\n" + garbage + ":2\r\n")], with: decoder) == [.integer(1)])
        #expect(decoder.failure != nil)
    }
}
