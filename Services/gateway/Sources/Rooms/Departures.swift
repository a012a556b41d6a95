import Domain
import NIOCore
import WireContract

/// Tells chat which sockets have gone away, until it has answered: it counts them as present, and hears of their end from
/// nobody else while this gateway lives.
///
/// Of each socket and room one telling is under way at a time, and the waits between two grow: while chat is away its
/// streams keep what was told, and what closes meanwhile must not fill them. Confined to its loop.
final class Departures {
    struct Departure: Hashable {
        let user: String
        let socket: String
        let room: String
    }

    /// Adds one entry for chat, and says whether chat has answered.
    typealias Tell = (Departure, @escaping (_ isAnswered: Bool) -> Void) -> Void

    private struct Telling {
        let number: Int
        var failures: Int64 = 0
        /// The socket may have entered the room again after what is under way was told.
        var isToBeRepeated = false
    }

    private let eventLoop: any EventLoop
    private let tell: Tell
    private var tellings: [Departure: Telling] = [:]
    private var begun = 0

    init(eventLoop: any EventLoop, tell: @escaping Tell) {
        self.eventLoop = eventLoop
        self.tell = tell
    }

    convenience init(chat: ChatClient, eventLoop: any EventLoop) {
        self.init(eventLoop: eventLoop) { departure, completion in
            chat.ask(
                .leave, room: departure.room, user: departure.user, socket: departure.socket, isRepeated: false,
                data: ByteBuffer(string: "{\"room_id\":\"\(departure.room)\"}")
            ) { outcome in
                if case .answered = outcome { completion(true) } else { completion(false) }
            }
        }
    }

    /// The first wait after a telling that nobody has answered; every further one is twice as long, up to the longest.
    private static let firstWait = TimeAmount.seconds(10)
    private static let longestWait = TimeAmount.seconds(60)

    func add(_ session: ClientSession, room: String) {
        self.add(Departure(user: session.user, socket: session.id, room: room))
    }

    func add(_ departure: Departure) {
        guard self.tellings[departure] == nil else {
            self.tellings[departure]?.isToBeRepeated = true
            return
        }
        self.begun += 1
        self.tellings[departure] = Telling(number: self.begun)
        self.tellNow(departure, number: self.begun)
    }

    /// The socket is in the room again: to tell of its departure now would be wrong.
    func cancel(_ session: ClientSession, room: String) {
        self.cancel(Departure(user: session.user, socket: session.id, room: room))
    }

    func cancel(_ departure: Departure) { self.tellings[departure] = nil }

    private func tellNow(_ departure: Departure, number: Int) {
        guard self.tellings[departure]?.number == number else { return }
        self.tellings[departure]?.isToBeRepeated = false
        self.tell(departure) { isAnswered in
            guard var telling = self.tellings[departure], telling.number == number else { return }
            guard !isAnswered else {
                self.tellings[departure] = nil
                if telling.isToBeRepeated { self.add(departure) }
                return
            }
            let wait = min(Self.longestWait, Self.firstWait * (1 << min(telling.failures, 10)))
            telling.failures += 1
            self.tellings[departure] = telling
            self.eventLoop.assumeIsolated().scheduleTask(in: wait) { self.tellNow(departure, number: number) }
        }
    }
}
