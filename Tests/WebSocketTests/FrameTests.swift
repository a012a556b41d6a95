import NIOCore
import Testing

@testable import WebSocket

/// A masked frame as a client sends it.
func clientFrame(
    _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D],
    flags: UInt8 = 0
) -> [UInt8] {
    var frame: [UInt8] = [(isFinal ? 0x80 : 0) | flags | opcode]
    let maskBit: UInt8 = mask == nil ? 0 : 0x80
    switch payload.count {
    case ..<126: frame.append(maskBit | UInt8(payload.count))
    case ..<65_536: frame += [maskBit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default:
        frame.append(maskBit | 127)
        frame += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    guard let mask else { return frame + payload }
    return frame + mask + payload.enumerated().map { $0.element ^ mask[$0.offset & 3] }
}

/// Feeds bytes in pieces, as a network does, and collects what comes out.
func read(_ bytes: [UInt8], pieces: Int = .max, maximumLength: Int = 1_000) throws(WebSocketViolation) -> [InboundFrame]
{
    var inbound = InboundFrames(maximumLength: maximumLength)
    var buffer = ByteBuffer()
    var frames: [InboundFrame] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        buffer.writeBytes(rest.prefix(pieces))
        rest = rest.dropFirst(pieces)
        while let frame = try inbound.next(in: &buffer) {
            if let frame { frames.append(frame) }
        }
    }
    return frames
}

func violation(of bytes: [UInt8], maximumLength: Int = 1_000) -> UInt16? {
    do {
        _ = try read(bytes, maximumLength: maximumLength)
        return nil
    } catch {
        return error.code
    }
}

struct InboundFramesTests {
    @Test("the masked example of RFC 6455 §5.7 reads as Hello")
    func example() throws {
        let bytes: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(try read(bytes) == [.text(ByteBuffer(string: "Hello"))])
    }

    @Test(
        "frames of every header size survive being split at every byte", arguments: [0, 1, 7, 8, 9, 125, 126, 127, 999])
    func split(length: Int) throws {
        let payload = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let bytes = clientFrame(1, payload) + clientFrame(9, Array("p".utf8)) + clientFrame(1, Array("end".utf8))
        let expected: [InboundFrame] = [
            .text(ByteBuffer(bytes: payload)), .ping(ByteBuffer(string: "p")), .text(ByteBuffer(string: "end")),
        ]
        for pieces in 1...min(bytes.count, 40) { #expect(try read(bytes, pieces: pieces) == expected) }
    }

    @Test("a message of three fragments with a ping between them is one message")
    func fragments() throws {
        let bytes =
            clientFrame(1, Array("ab".utf8), isFinal: false) + clientFrame(9, []) + clientFrame(0, [], isFinal: false)
            + clientFrame(0, Array("c".utf8))
        #expect(try read(bytes) == [.ping(ByteBuffer()), .text(ByteBuffer(string: "abc"))])
    }

    @Test("a character split between two fragments is one character")
    func splitCharacter() throws {
        let text = Array("🎯".utf8)
        let bytes = clientFrame(1, Array(text[..<1]), isFinal: false) + clientFrame(0, Array(text[1...]))
        #expect(try read(bytes) == [.text(ByteBuffer(string: "🎯"))])
    }

    @Test(
        "what breaks the protocol is refused with 1002",
        arguments: [
            clientFrame(1, [], mask: nil), clientFrame(1, [], flags: 0x40), clientFrame(1, [], flags: 0x10),
            clientFrame(3, []), clientFrame(11, []), clientFrame(9, [], isFinal: false),
            clientFrame(9, [UInt8](repeating: 65, count: 126)), clientFrame(0, []),
            clientFrame(1, [65], isFinal: false) + clientFrame(1, [65]), clientFrame(8, [3]),
            clientFrame(8, [0x03, 0xED]), clientFrame(8, [0x03, 0xE7]), clientFrame(8, [0x0B, 0xB7]),
        ])
    func protocolErrors(bytes: [UInt8]) {
        #expect(violation(of: bytes) == 1002)
    }

    @Test("binary is refused with 1003")
    func binary() {
        #expect(violation(of: clientFrame(2, [1])) == 1003)
    }

    @Test(
        "text that is not UTF-8 is refused with 1007",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func invalidText(bytes: [UInt8]) {
        #expect(violation(of: clientFrame(1, bytes)) == 1007)
        #expect(violation(of: clientFrame(8, [0x03, 0xE8] + bytes)) == 1007)
    }

    @Test("a frame above the limit is refused with 1009 at its header")
    func tooBig() {
        let frame = clientFrame(1, [UInt8](repeating: 65, count: 1_001))
        #expect(violation(of: Array(frame[..<4])) == 1009)
        #expect(violation(of: clientFrame(1, [UInt8](repeating: 65, count: 1_000))) == nil)
    }

    @Test("a length of 2⁶³ is refused with 1009 and nothing is allocated")
    func enormous() {
        #expect(violation(of: [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]) == 1009)
    }

    @Test("fragments are limited by their sum")
    func tooBigTogether() {
        let part = clientFrame(1, [UInt8](repeating: 65, count: 600), isFinal: false)
        #expect(violation(of: part + clientFrame(0, [UInt8](repeating: 65, count: 401))) == 1009)
        #expect(violation(of: part + clientFrame(0, [UInt8](repeating: 65, count: 400))) == nil)
    }

    @Test("close codes are read; an empty close has none")
    func closeCodes() throws {
        #expect(try read(clientFrame(8, [])) == [.close(nil)])
        #expect(try read(clientFrame(8, [0x03, 0xE8])) == [.close(1000)])
        #expect(try read(clientFrame(8, [0x11, 0x31])) == [.close(4401)])
    }
}

struct ServerFrameTests {
    @Test("headers take 2, 4 or 10 bytes", arguments: [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
    func sizes(length: Int, header: Int) {
        var buffer = ByteBuffer()
        ServerFrame.appendText(ByteBuffer(repeating: 65, count: length), to: &buffer)
        #expect(buffer.readableBytes == length + header)
        #expect(ServerFrame.headerLength(ofPayload: length) == header)
    }

    @Test("the unmasked example of RFC 6455 §5.7 is written for Hello")
    func example() {
        #expect(Array(ServerFrame.text("Hello").readableBytesView) == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
    }

    @Test("a close reason is cut at a character to what fits")
    func longReason() {
        let frame = ServerFrame.close(1008, reason: String(repeating: "é", count: 100))
        #expect(frame.readableBytes == 2 + 2 + 122)
    }
}

struct ConnectionStateTests {
    @Test("a message is delivered, a ping is answered, a pong is life")
    func open() {
        var state = ConnectionState()
        #expect(state.received(.text(ByteBuffer(string: "a"))) == .deliver(ByteBuffer(string: "a")))
        #expect(state.received(.ping(ByteBuffer(string: "p"))) == .pong(ByteBuffer(string: "p")))
        #expect(state.received(.pong) == .nothing)
    }

    @Test("the peer's close is echoed once, and nothing is heard after it")
    func peerCloses() {
        var state = ConnectionState()
        #expect(state.received(.close(4000)) == .echoClose(4000))
        #expect(state.received(.text(ByteBuffer())) == .nothing)
        #expect(!state.isOpen)
        #expect(state.beginClosing() == false)
    }

    @Test("after our close only the peer's close counts")
    func weClose() {
        var state = ConnectionState()
        #expect(state.beginClosing() == true)
        #expect(state.beginClosing() == false)
        #expect(state.received(.text(ByteBuffer())) == .nothing)
        #expect(state.received(.close(nil)) == .disconnect)
    }

    @Test("a peer silent for a whole interval after a ping is gone; any frame keeps it")
    func silence() {
        var state = ConnectionState()
        _ = state.received(.text(ByteBuffer()))
        #expect(state.keepAlive() == .ping)
        _ = state.received(.pong)
        #expect(state.keepAlive() == .ping)
        #expect(state.keepAlive() == .disconnect)
    }

    @Test("a peer that answers pings but never says anything is closed")
    func unused() {
        var state = ConnectionState()
        #expect(state.keepAlive() == .ping)
        _ = state.received(.pong)
        #expect(state.keepAlive() == .ping)
        _ = state.received(.pong)
        #expect(state.keepAlive() == .closeUnused)
    }
}
