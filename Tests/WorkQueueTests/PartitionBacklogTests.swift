import Redis
import Testing

@testable import WorkQueue

struct PartitionBacklogTests {
    private func entry(_ number: UInt64) -> StreamEntry {
        StreamEntry(id: StreamID(milliseconds: number, sequence: 0), fields: [])
    }

    private func numbers(_ entries: [StreamEntry]) -> [UInt64] { entries.map(\.id.milliseconds) }

    @Test("a read waits for the last write of its own subject before it, and for nothing else")
    func order() {
        var backlog = PartitionBacklog()
        let entries: [(PartitionRole, startsAtOnce: Bool)] = [
            (.read(of: "a"), true), (.write(of: "a"), false), (.write(of: "b"), false), (.read(of: "c"), true),
            (.read(of: "a"), false), (.write(of: "a"), false), (.read(of: "a"), false), (.read(of: "b"), false),
        ]
        for (number, entry) in entries.enumerated() {
            #expect(backlog.add(self.entry(UInt64(number)), as: entry.0) == entry.startsAtOnce)
        }
        #expect(self.numbers(backlog.first(2)) == [1, 2] && backlog.count == 3 && !backlog.hasNoReads)
        #expect(self.numbers(backlog.applied(1)) == [4])
        #expect(backlog.add(self.entry(8), as: .read(of: "a")) == false)
        #expect(self.numbers(backlog.applied(2)) == [7, 6, 8])
        #expect(backlog.count == 0 && backlog.hasNoReads && backlog.add(self.entry(9), as: .read(of: "a")))
    }

    @Test("so many reads run at once, so many wait, in order, and more are refused")
    func bounds() {
        var reads = PartitionReads()
        for number in 0..<UInt64(PartitionReads.mostAtOnce) {
            #expect(reads.admit(PartitionRead(entry: self.entry(number))) == .start)
        }
        for number in 0..<UInt64(PartitionReads.mostWaiting) {
            #expect(reads.admit(PartitionRead(entry: self.entry(1_000 + number))) == .wait)
        }
        #expect(reads.admit(PartitionRead(entry: self.entry(9_999))) == .refuse)
        #expect(reads.ended()?.entry.id.milliseconds == 1_000)
        #expect(reads.ended()?.entry.id.milliseconds == 1_001)
        #expect(reads.admit(PartitionRead(entry: self.entry(9_999))) == .wait)
        while reads.ended() != nil {}
        #expect(reads.admit(PartitionRead(entry: self.entry(9_999))) == .start)
    }
}
