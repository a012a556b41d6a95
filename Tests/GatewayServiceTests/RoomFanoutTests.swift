import NIOCore
import NIOEmbedded
import Testing
import WebSocket

@testable import GatewayService

/// Another kind of client: its events are arrays, and it counts how many it has made.
private final class ArrayDialect: Dialect, @unchecked Sendable {
    private let browser = BrowserDialect()
    private(set) var made = 0

    func event(_ event: LiveEvent) -> ByteBuffer {
        self.made += 1
        let text = "[\"\(event.name)\",\(event.sequence ?? 0)]"
        var frame = ByteBuffer()
        ServerFrame.appendText(ByteBuffer(string: text), to: &frame)
        return frame
    }

    func push(_ name: StaticString, _ json: ByteBuffer) -> ByteBuffer { self.browser.push(name, json) }
    func ok(_ id: ByteBuffer, _ json: ByteBuffer) -> ByteBuffer { self.browser.ok(id, json) }
    func error(_ id: ByteBuffer?, _ json: ByteBuffer) -> ByteBuffer { self.browser.error(id, json) }
}

struct RoomFanoutTests {
    private static func event(_ sequence: Int) -> LiveEvent {
        LiveEvent(
            .init(event: "new_message", room: "r", epoch: "e", sequence: sequence), json: ByteBuffer(string: "{}"))
    }

    private static func browserText(_ sequence: Int) -> String {
        "{\"event\":\"new_message\",\"room_id\":\"r\",\"epoch\":\"e\",\"seq\":\(sequence),\"data\":{}}"
    }

    private static func arrayText(_ sequence: Int) -> String { "[\"new_message\",\(sequence)]" }

    @Test("an event is made into bytes once per dialect, and comes to every socket of each, in order")
    func dialects() throws {
        let gateway = try EmbeddedGateway()
        let (browser, array) = (BrowserDialect(), ArrayDialect())
        let room = RoomFanout(room: "r", partition: 0)
        let browsers = try (1...3).map { try gateway.open("b-\($0)", dialect: browser) }
        let arrays = try (1...4).map { try gateway.open("a-\($0)", dialect: array) }
        for (one, other) in zip(browsers, arrays) {
            room.admit(one.session, floor: nil)
            room.admit(other.session, floor: nil)
        }
        room.admit(arrays[3].session, floor: nil)
        room.append(Self.event(1))
        #expect(room.flush() == 7)
        for sequence in 2...5 { room.append(Self.event(sequence)) }
        #expect(room.flush() == 28)
        #expect(array.made == 5)
        #expect(room.dialectCount == 2)
        for socket in browsers { #expect(try socket.texts() == (1...5).map(Self.browserText)) }
        for socket in arrays { #expect(try socket.texts() == (1...5).map(Self.arrayText)) }
        try gateway.close()
    }

    @Test("a dialect that nobody speaks any more is not made, and one that comes gets what follows")
    func comingAndGoing() throws {
        let gateway = try EmbeddedGateway()
        let (browser, array) = (BrowserDialect(), ArrayDialect())
        let room = RoomFanout(room: "r", partition: 0)
        let first = try gateway.open("viper-1", dialect: browser)
        let second = try gateway.open("ghost-2", dialect: array)
        room.admit(first.session, floor: nil)
        room.append(Self.event(1))
        // What was collected before is not for the new one.
        room.admit(second.session, floor: nil)
        room.append(Self.event(2))
        room.flush()
        #expect(try second.texts() == [Self.arrayText(2)])
        room.remove(second.session)
        room.append(Self.event(3))
        room.flush()
        #expect(array.made == 1)
        #expect(room.dialectCount == 1)
        #expect(try first.texts() == (1...3).map(Self.browserText))
        #expect(try second.texts().isEmpty)
        room.remove(first.session)
        #expect(room.isAbandoned)
        try gateway.close()
    }

    @Test("a socket whose answer is ahead of the events gets what is above its floor, in its own dialect")
    func late() throws {
        let gateway = try EmbeddedGateway()
        let (browser, array) = (BrowserDialect(), ArrayDialect())
        let room = RoomFanout(room: "r", partition: 0)
        let member = try gateway.open("viper-1", dialect: browser)
        let late = try gateway.open("ghost-2", dialect: array)
        room.admit(member.session, floor: nil)
        room.admit(late.session, floor: RoomPosition(epoch: "e", sequence: 2))
        for sequence in 1...4 { room.append(Self.event(sequence)) }
        room.flush()
        #expect(try member.texts() == (1...4).map(Self.browserText))
        #expect(try late.texts() == [Self.arrayText(3), Self.arrayText(4)])
        #expect(array.made == 4)
        #expect(room.late.isEmpty)
        try gateway.close()
    }

    /// Ends the connection while it is written to, as a broken one does.
    private final class BreaksWhenFlushed: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = ByteBuffer

        func flush(context: ChannelHandlerContext) {
            context.flush()
            context.fireChannelInactive()
        }
    }

    @Test("whose connection ends while the room is written to is in it no more, and the room may be given up then")
    func endsWhileWritten() throws {
        let gateway = try EmbeddedGateway()
        let room = RoomFanout(room: "r", partition: 0)
        var wasAbandoned: [Bool] = []
        room.onDeparture = { wasAbandoned.append($0.isAbandoned) }
        let socket = try gateway.open("viper-1")
        try socket.channel.pipeline.syncOperations.addHandler(BreaksWhenFlushed(), position: .first)
        room.admit(socket.session, floor: nil)
        socket.session.memberships = [.init(room: room, rights: 31)]
        room.append(Self.event(1))
        room.flush()
        #expect(wasAbandoned == [true])
        #expect(room.users.isEmpty)
        try gateway.close()
    }

    @Test("who comes in again and ends while the others are written to is not let in")
    func endsWhileAdmitted() throws {
        let gateway = try EmbeddedGateway()
        let room = RoomFanout(room: "r", partition: 0)
        var departures = 0
        room.onDeparture = { _ in departures += 1 }
        let socket = try gateway.open("viper-1")
        try socket.channel.pipeline.syncOperations.addHandler(BreaksWhenFlushed(), position: .first)
        #expect(room.admit(socket.session, floor: nil))
        socket.session.memberships = [.init(room: room, rights: 31)]
        room.append(Self.event(1))
        #expect(!room.admit(socket.session, floor: nil))
        #expect(room.users.isEmpty && room.isAbandoned)
        #expect(departures == 0, "whoever admits looks by itself whether anybody is left")
        try gateway.close()
    }

    @Test("nobody is told of their own typing, whatever they speak")
    func typing() throws {
        let gateway = try EmbeddedGateway()
        let (browser, array) = (BrowserDialect(), ArrayDialect())
        let room = RoomFanout(room: "r", partition: 0)
        let typist = try gateway.open("viper-1", dialect: browser)
        let own = try gateway.open("viper-1", dialect: array)
        let others = [try gateway.open("ghost-2", dialect: browser), try gateway.open("nomad-7", dialect: array)]
        for socket in [typist, own] + others { room.admit(socket.session, floor: nil) }
        let typing = LiveEvent(
            .init(event: "user_typing", room: "r", epoch: "e", user: "viper-1"), json: ByteBuffer(string: "{}"))
        #expect(room.write(typing, except: "viper-1") == 2)
        #expect(try others.map { try $0.texts().count } == [1, 1])
        #expect(try typist.texts().isEmpty && own.texts().isEmpty)
        try gateway.close()
    }
}
