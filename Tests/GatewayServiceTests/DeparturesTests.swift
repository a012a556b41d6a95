import NIOEmbedded
import Testing

@testable import GatewayService

/// Sockets that have gone away while chat answers nobody, with a clock that the tests move.
struct DeparturesTests {
    /// A chat that hears everything and answers when it is told to; what it leaves unanswered is given up after 10 s.
    private final class Chat {
        let loop = EmbeddedEventLoop()
        var told: [Departures.Departure] = []
        var isAway = true
        private var waiting: [Int: (Bool) -> Void] = [:]

        func tell(_ departure: Departures.Departure, _ completion: @escaping (Bool) -> Void) {
            self.told.append(departure)
            let number = self.told.count
            self.waiting[number] = completion
            guard self.isAway else { return self.end(number, isAnswered: true) }
            self.loop.assumeIsolated().scheduleTask(in: .seconds(10)) { self.end(number, isAnswered: false) }
        }

        func answer() {
            for number in self.waiting.keys.sorted() { self.end(number, isAnswered: true) }
        }

        private func end(_ number: Int, isAnswered: Bool) { self.waiting.removeValue(forKey: number)?(isAnswered) }
    }

    private static let here = Departures.Departure(user: "viper-1", socket: "1", room: "squad_alpha")

    @Test("while chat is away few entries are added for a socket: three in a minute, ten in ten, and none at a time")
    func bounded() throws {
        let chat = Chat()
        let departures = Departures(eventLoop: chat.loop, tell: chat.tell)
        departures.add(Self.here)
        chat.loop.advanceTime(by: .seconds(59))
        #expect((2...3).contains(chat.told.count))
        chat.loop.advanceTime(by: .seconds(541))
        #expect((5...11).contains(chat.told.count))
        chat.isAway = false
        chat.loop.advanceTime(by: .seconds(70))
        let told = chat.told.count
        chat.loop.advanceTime(by: .seconds(600))
        #expect(chat.told.count == told, "what chat has answered is told no more")
    }

    @Test("what is told already is not told beside it; it is told once more when it has been answered")
    func again() throws {
        let chat = Chat()
        let departures = Departures(eventLoop: chat.loop, tell: chat.tell)
        for _ in 0..<5 { departures.add(Self.here) }
        departures.add(.init(user: "viper-1", socket: "2", room: "squad_alpha"))
        #expect(chat.told.map(\.socket) == ["1", "2"])
        chat.answer()
        #expect(chat.told.map(\.socket) == ["1", "2", "1"])
        chat.answer()
        departures.add(Self.here)
        #expect(chat.told.map(\.socket) == ["1", "2", "1", "1"])
    }

    @Test("a socket that has come back into the room is not told as gone any more")
    func back() throws {
        let chat = Chat()
        let departures = Departures(eventLoop: chat.loop, tell: chat.tell)
        departures.add(Self.here)
        departures.cancel(Self.here)
        chat.loop.advanceTime(by: .seconds(600))
        #expect(chat.told.count == 1)
        // What remains of a departure that was cancelled does not speak for the next.
        departures.add(Self.here)
        chat.loop.advanceTime(by: .seconds(11))
        departures.cancel(Self.here)
        departures.add(Self.here)
        chat.loop.advanceTime(by: .seconds(19))
        #expect(chat.told.count == 3)
    }
}
