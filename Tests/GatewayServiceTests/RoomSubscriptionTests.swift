import NIOCore
import Testing
import WireContract

@testable import GatewayService

/// The rules of one room, without a socket or a server.
struct RoomSubscriptionTests {
    private static func event(_ sequence: Int?, epoch: String = "e1") -> LiveEvent {
        LiveEvent(
            .init(event: "new_message", room: "r", epoch: epoch, sequence: sequence), json: ByteBuffer(string: "{}"))
    }

    private static func at(_ sequence: Int, epoch: String = "e1") -> RoomPosition {
        RoomPosition(epoch: epoch, sequence: sequence)
    }

    /// Subscribed, joined, and live at a position.
    private static func live(_ sequence: Int) -> RoomSubscription {
        var room = RoomSubscription()
        _ = room.join()
        _ = room.subscribed()
        _ = room.joined(at: self.at(sequence))
        return room
    }

    /// A join was answered with a seq.
    private static func admit(_ room: inout RoomSubscription, _ sequence: Int) throws -> RoomSubscription.Admission {
        let admission = room.joined(at: self.at(sequence))
        return try #require(admission)
    }

    private static func delivered(_ actions: [RoomSubscription.Action]) -> [Int?] {
        actions.compactMap { if case .deliver(let event) = $0 { .some(event.sequence) } else { nil } }
    }

    @Test("the first join subscribes and waits for the confirmation; later ones are sent at once")
    func first() {
        var room = RoomSubscription()
        let first = room.join()
        #expect(first.actions == [.subscribe] && first.sendNow == false)
        let second = room.join()
        #expect(second.actions.isEmpty && second.sendNow == false)
        #expect(room.subscribed() == [.sendJoins])
        let third = room.join()
        #expect(third.actions.isEmpty && third.sendNow)
    }

    @Test("what waited during the first join is dropped up to the answer, and delivered above it")
    func waiting() throws {
        var room = RoomSubscription()
        _ = room.join()
        _ = room.subscribed()
        for sequence in 3...7 { #expect(room.received(Self.event(sequence)).isEmpty) }
        let admission = try Self.admit(&room, 5)
        #expect(admission.floor == nil && admission.replay.isEmpty)
        #expect(Self.delivered(admission.actions) == [6, 7])
        #expect(room.position == Self.at(7) && room.phase == .live)
    }

    @Test("a hole right after the answer is healed")
    func holeAfterJoin() {
        var room = RoomSubscription()
        _ = room.join()
        _ = room.subscribed()
        _ = room.received(Self.event(8))
        #expect(room.joined(at: Self.at(5))?.actions == [.heal(Self.at(5))])
    }

    @Test("only the same epoch and the last number + 1 are accepted; lower is dropped")
    func acceptance() {
        var room = Self.live(5)
        #expect(Self.delivered(room.received(Self.event(6))) == [6])
        #expect(room.received(Self.event(6)).isEmpty)
        #expect(room.received(Self.event(2)).isEmpty)
        #expect(Self.delivered(room.received(Self.event(nil))) == [nil])
        #expect(room.received(Self.event(8)) == [.heal(Self.at(6))])
        #expect(room.phase == .healing)
    }

    @Test("another epoch starts a heal from the old position, even with the next number")
    func otherEpoch() {
        var room = Self.live(5)
        #expect(room.received(Self.event(6, epoch: "e2")) == [.heal(Self.at(5))])
        let actions = room.caughtUp(
            .complete(Self.at(6, epoch: "e2")), events: [Self.event(6, epoch: "e2")])
        #expect(Self.delivered(actions) == [6])
        #expect(room.position == Self.at(6, epoch: "e2") && room.phase == .live)
    }

    @Test("while healing live events wait, then follow once and in order")
    func healing() {
        var room = Self.live(5)
        _ = room.received(Self.event(8))
        #expect(room.received(Self.event(9)).isEmpty)
        let actions = room.caughtUp(.complete(Self.at(8)), events: (6...8).map { Self.event($0) })
        #expect(Self.delivered(actions) == [6, 7, 8, 9])
        #expect(room.phase == .live)
    }

    @Test("pages are asked for until all is there")
    func pages() {
        var room = Self.live(0)
        _ = room.interrupted()
        let first = room.caughtUp(.partial, events: [Self.event(1), Self.event(2)])
        #expect(first.last == .heal(Self.at(2)))
        #expect(Self.delivered(room.caughtUp(.complete(Self.at(3)), events: [Self.event(3)])) == [3])
    }

    @Test("what chat calls lost, an answer with a hole, and one that does not end where it says are reloaded")
    func lost() {
        for (outcome, events) in [
            (RoomSubscription.CatchUp.lost, []), (.complete(Self.at(7)), [Self.event(7)]), (.complete(Self.at(7)), []),
        ] {
            var room = Self.live(5)
            _ = room.interrupted()
            #expect(room.caughtUp(outcome, events: events) == [.reload])
            #expect(room.phase == .healing)
            _ = room.received(Self.event(9))
            #expect(Self.delivered(room.reloaded(at: Self.at(8))) == [9])
            #expect(room.position == Self.at(9) && room.phase == .live)
        }
    }

    @Test("heals that bring nothing do not go on for ever")
    func fruitless() {
        var room = Self.live(5)
        var reloads = 0
        for _ in 1...10 where reloads == 0 {
            if room.received(Self.event(9)).contains(.reload) { reloads += 1 }
            if room.caughtUp(.complete(Self.at(5)), events: []).contains(.reload) { reloads += 1 }
        }
        #expect(reloads == 1)
    }

    @Test("an interruption heals a live room, and one that is being joined once it is joined")
    func interruption() {
        var room = Self.live(5)
        #expect(room.interrupted() == [.heal(Self.at(5))])
        #expect(room.interrupted().isEmpty)
        var joining = RoomSubscription()
        _ = joining.join()
        _ = joining.subscribed()
        #expect(joining.interrupted().isEmpty)
        #expect(joining.joined(at: Self.at(3))?.actions == [.heal(Self.at(3))])
    }

    @Test("a later socket gets what was delivered after its answer was made, and nothing of before")
    func laterJoin() throws {
        var room = Self.live(5)
        _ = room.join()
        for sequence in 6...8 { _ = room.received(Self.event(sequence)) }
        let admission = try Self.admit(&room, 6)
        #expect(admission.replay.map(\.sequence) == [7, 8])
        #expect(admission.floor == nil && admission.actions.isEmpty)
        _ = room.join()
        #expect(room.joined(at: Self.at(8))?.replay.isEmpty == true)
    }

    @Test("first joins that are answered the other way round get what lies between their answers")
    func otherWayRound() throws {
        var room = RoomSubscription()
        for _ in 1...3 { _ = room.join() }
        _ = room.subscribed()
        for sequence in 3...7 { _ = room.received(Self.event(sequence)) }
        let latest = try Self.admit(&room, 6)
        #expect(Self.delivered(latest.actions) == [7])
        _ = room.received(Self.event(8))
        let earliest = try Self.admit(&room, 4)
        #expect(earliest.replay.map(\.sequence) == [5, 6, 7, 8])
        let second = try Self.admit(&room, 5)
        #expect(second.replay.map(\.sequence) == [6, 7, 8])
    }

    @Test("an answer from before what was reloaded is asked for again, and its join stays pending")
    func tooOld() throws {
        var room = Self.live(5)
        _ = room.join()
        _ = room.interrupted()
        _ = room.caughtUp(.lost, events: [])
        _ = room.reloaded(at: Self.at(9))
        #expect(room.joined(at: Self.at(6)) == nil && room.pendingJoins == 1)
        _ = room.received(Self.event(10))
        let again = try Self.admit(&room, 9)
        #expect(again.replay.map(\.sequence) == [10])
        #expect(room.pendingJoins == 0)
    }

    @Test("an answer that more was delivered after than is kept is asked for again, not paid for by all others")
    func tooMuchSince() throws {
        var room = Self.live(0)
        _ = room.join()
        let last = RoomSubscription.waitingLimit + 1
        for sequence in 1...last { _ = room.received(Self.event(sequence)) }
        #expect(room.joined(at: Self.at(0)) == nil)
        _ = room.received(Self.event(last + 1))
        let again = try Self.admit(&room, last)
        #expect(again.replay.map(\.sequence) == [last + 1])
    }

    @Test("a socket whose answer is ahead of the events waits for its floor, and the room heals")
    func early() throws {
        var room = Self.live(5)
        _ = room.join()
        let admission = try Self.admit(&room, 7)
        #expect(admission.floor == Self.at(7))
        #expect(admission.actions == [.heal(Self.at(5))])
    }

    @Test("waiting is bounded: too much while healing is thrown away and reloaded")
    func overflow() {
        var room = Self.live(0)
        _ = room.interrupted()
        for sequence in 1...(RoomSubscription.waitingLimit + 1) { _ = room.received(Self.event(sequence)) }
        #expect(room.caughtUp(.complete(Self.at(0)), events: []) == [.reload])
    }
}
