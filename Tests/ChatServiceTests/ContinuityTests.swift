import Redis
import Testing

@testable import ChatService

struct ContinuityTests {
    private let cursor = StreamID(milliseconds: 5, sequence: 0)
    private let proven = Continuity.proven(epoch: "feed", cursor: StreamID(milliseconds: 5, sequence: 0))

    private func state(_ opening: OpeningMark, run: String? = "run") -> PartitionState {
        PartitionState(
            runID: run, epoch: "feed", cursor: self.cursor, opening: opening,
            outboxEnd: StreamID(milliseconds: 9, sequence: 0))
    }

    private func record(_ opening: OpeningMark, run: String = "run", cursor: UInt64 = 9) -> PartitionRecord {
        PartitionRecord(
            runID: run, epoch: "feed", opening: opening, cursor: StreamID(milliseconds: cursor, sequence: 0))
    }

    private func isUnproven(
        _ state: PartitionState, _ record: PartitionRecord, runID: String = "run", reached: StreamID = .zero
    ) -> Bool {
        if case .unproven = Continuity(runID: runID, state, record, reached: reached) { true } else { false }
    }

    @Test("the same life and the same opening on both sides is the same history")
    func same() {
        let mark = OpeningMark(number: 3, token: "a")
        #expect(Continuity(runID: "run", self.state(mark), self.record(mark), reached: self.cursor) == self.proven)
    }

    @Test("an opening that the archive has not heard of yet proves no loss: its archiver had nothing to do")
    func archiveBehind() {
        let (before, after) = (OpeningMark(number: 3, token: "a"), OpeningMark(number: 5, token: "b"))
        #expect(Continuity(runID: "run", self.state(after), self.record(before), reached: .zero) == self.proven)
        let fresh = PartitionRecord(runID: "run")
        #expect(Continuity(runID: "run", self.state(after), fresh, reached: .zero) == self.proven)
    }

    @Test("another life of the server, or no state at all, is another history")
    func otherLife() {
        let mark = OpeningMark(number: 3, token: "a")
        #expect(self.isUnproven(self.state(mark), self.record(mark), runID: "another"))
        #expect(self.isUnproven(self.state(mark, run: nil), self.record(mark)))
        #expect(self.isUnproven(PartitionState(), PartitionRecord()))
    }

    @Test("under the same run id an older copy is known by its opening, its outbox, or its cursor")
    func olderCopy() {
        let (before, after) = (OpeningMark(number: 3, token: "a"), OpeningMark(number: 4, token: "b"))
        #expect(self.isUnproven(self.state(before), self.record(after)))
        #expect(self.isUnproven(self.state(.none), self.record(after)))
        #expect(self.isUnproven(self.state(after), self.record(after, cursor: 10)))
        let next = StreamID(milliseconds: 5, sequence: 1)
        #expect(self.isUnproven(self.state(after), self.record(after), reached: next))
        #expect(!self.isUnproven(self.state(after), self.record(after)))
    }

    @Test("two histories that went apart have different marks of one number")
    func apart() {
        let (here, there) = (OpeningMark(number: 4, token: "a"), OpeningMark(number: 4, token: "b"))
        #expect(self.isUnproven(self.state(here), self.record(there)))
        // Back from a failover: this server's own run id, and the archive has followed the other one.
        #expect(self.isUnproven(self.state(here), self.record(OpeningMark(number: 5, token: "c"), run: "other")))
        #expect(self.isUnproven(self.state(here), self.record(here, run: "other")))
    }

    @Test("an archive that is the older of the two costs nobody a reload")
    func olderArchive() {
        let older = self.record(OpeningMark(number: 2, token: "a"), run: "before", cursor: 999)
        let found = Continuity(
            runID: "run", self.state(OpeningMark(number: 3, token: "b")), older, reached: .zero)
        #expect(found == .archiveIsOlder(epoch: "feed", cursor: self.cursor))
    }

    @Test("without marks, as releases before them left it, the run ids must agree")
    func withoutMarks() {
        #expect(Continuity(runID: "run", self.state(.none), self.record(.none), reached: .zero) == self.proven)
        // They kept no number beside the token.
        let token = self.record(OpeningMark(number: 0, token: "a"))
        #expect(Continuity(runID: "run", self.state(.none), token, reached: .zero) == self.proven)
        #expect(self.isUnproven(self.state(.none), self.record(.none, run: "before")))
    }

    @Test("a mark is read as it was written, and anything else is none")
    func text() {
        let mark = OpeningMark(number: 12, token: "9f")
        #expect(OpeningMark(mark.text) == mark)
        for text in [nil, "", "9f", "0 9f", "-1 9f", "1 9f 2"] { #expect(OpeningMark(text) == .none) }
    }
}
