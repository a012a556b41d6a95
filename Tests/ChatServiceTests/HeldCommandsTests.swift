import NIOCore
import Redis
import Testing
import WireContract

@testable import ChatService

struct HeldCommandsTests {
    private func entry(
        _ id: UInt64, lap: Int = 0, _ kind: ChatCommand.Kind = .postSignal, room: String = "squad_alpha"
    ) -> StreamEntry {
        let fields = [(ChatCommand.Field.kind, kind.rawValue), (ChatCommand.Field.room, room)]
        return StreamEntry(
            id: StreamID(milliseconds: id, sequence: 0),
            fields: (fields + (lap == 0 ? [] : [(HeldCommands.field, "\(lap)")])).map {
                ($0.0, ByteBuffer(string: $0.1))
            })
    }

    /// On which rounds a batch goes; nil for what is applied.
    private func batch(_ entries: [StreamEntry], _ held: inout HeldCommands, applied: Int? = nil) -> [Int?] {
        held.begin()
        var laps: [Int?] = []
        for entry in entries { laps.append(held.lap(for: entry)) }
        held.applied(entries.prefix(applied ?? entries.count))
        return laps
    }

    @Test("who could not be applied is followed by all that came after, on one round, in their order")
    func order() {
        var held = HeldCommands()
        let laps1 = self.batch([self.entry(1)], &held)
        #expect(laps1 == [nil])
        held.hold(self.entry(2).id)
        let laps2 = self.batch([self.entry(2), self.entry(3)], &held)
        #expect(laps2 == [1, 1])
        let laps3 = self.batch([self.entry(4)], &held)
        #expect(laps3 == [1], "comes while others are away")
        // The first of the round again in vain: what stands behind it on the former round follows it on the next.
        held.hold(self.entry(5, lap: 1).id)
        let laps4 = self.batch([self.entry(5, lap: 1)], &held)
        #expect(laps4 == [2])
        let laps5 = self.batch([self.entry(6, lap: 1), self.entry(7, lap: 1), self.entry(8)], &held)
        #expect(laps5 == [2, 2, 2])
        // There is room again.
        let back = (9...11).map { self.entry($0, lap: 2) }
        let laps6 = self.batch(Array(back.prefix(2)), &held)
        #expect(laps6 == [nil, nil])
        let laps7 = self.batch([self.entry(20)], &held)
        #expect(laps7 == [2], "two are before it")
        let laps8 = self.batch([back[2], self.entry(12, lap: 2), self.entry(21, lap: 2)], &held)
        #expect(laps8 == [nil, nil, nil])
        let laps9 = self.batch([self.entry(22)], &held)
        #expect(laps9 == [nil])
    }

    @Test("neither another room nor who may read this one waits for what could not be applied")
    func apart() {
        var held = HeldCommands()
        held.hold(self.entry(1).id)
        let laps = self.batch(
            [
                self.entry(1), self.entry(2, room: "squad_bravo"), self.entry(3, .removeMember),
                self.entry(4, .updateSignal),
                self.entry(5, .changeRights),
            ], &held)
        #expect(laps == [1, nil, nil, 1, nil])
    }

    @Test("a batch that was not applied whole is decided again as if it had not been sent")
    func again() {
        var held = HeldCommands()
        held.hold(self.entry(1).id)
        let entries = [self.entry(1), self.entry(2), self.entry(3)]
        let laps10 = self.batch(entries, &held, applied: 0)
        #expect(laps10 == [1, 1, 1])
        let laps11 = self.batch(entries, &held, applied: 2)
        #expect(laps11 == [1, 1, 1])
        let laps12 = self.batch([self.entry(3)], &held)
        #expect(laps12 == [1])
        let laps13 = self.batch((4...6).map { self.entry($0, lap: 1) }, &held)
        #expect(laps13 == [nil, nil, nil])
        let laps14 = self.batch([self.entry(7)], &held)
        #expect(laps14 == [nil])
    }

    @Test("a round rests once, however many are in it")
    func rest() {
        var held = HeldCommands()
        let pause9 = held.pause(before: self.entry(1))
        #expect(pause9 == nil)
        let pause10 = held.pause(before: self.entry(2, lap: 1))
        #expect(pause10 == .milliseconds(100))
        let pause11 = held.pause(before: self.entry(3, lap: 1))
        #expect(pause11 == nil)
        let pause12 = held.pause(before: self.entry(4, lap: 2))
        #expect(pause12 == .milliseconds(200))
    }
}
