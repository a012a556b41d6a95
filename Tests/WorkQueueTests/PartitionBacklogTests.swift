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

    private func admit(
        _ reads: inout PartitionReads, _ numbers: Range<UInt64>, question: String? = nil, now: UInt64 = 0
    ) -> PartitionReads.Steps {
        var steps = PartitionReads.Steps()
        for number in numbers {
            reads.admit(PartitionRead(entry: self.entry(number)), question: question, now: now, &steps)
        }
        return steps
    }

    private func end(
        _ reads: inout PartitionReads, _ number: UInt64, question: String? = nil, on lane: PartitionReads.Lane = .quick,
        isAnswered: Bool = true, now: UInt64 = 0
    ) -> PartitionReads.Steps {
        var steps = PartitionReads.Steps()
        reads.ended(
            PartitionRead(entry: self.entry(number)), question: question, on: lane, isAnswered: isAnswered, now: now,
            &steps)
        return steps
    }

    @Test("so many reads run at once, so many wait, in order, and more are refused")
    func bounds() {
        var reads = PartitionReads()
        #expect(self.admit(&reads, 0..<64).start.count == 64)
        let waiting = self.admit(&reads, 1_000..<5_096)
        #expect(waiting.start.isEmpty && waiting.refuse.isEmpty && waiting.letGo.isEmpty)
        #expect(self.admit(&reads, 9_999..<10_000).refuse.count == 1)
        #expect(self.end(&reads, 0).start.map(\.read.entry.id.milliseconds) == [1_000])
        #expect(self.end(&reads, 1).start.map(\.read.entry.id.milliseconds) == [1_001])
        #expect(self.admit(&reads, 9_998..<10_001).refuse.count == 1)
        while !self.end(&reads, 2).start.isEmpty {}
        #expect(self.admit(&reads, 9_999..<10_000).start.count == 1)
    }

    @Test("what takes long has places of its own, and leaves its place to the next")
    func slow() {
        var reads = PartitionReads()
        _ = self.admit(&reads, 0..<128)
        for number in 0..<UInt64(64) {
            let steps = self.end(&reads, number, isAnswered: false)
            #expect(steps.start.first?.read.entry.id.milliseconds == 64 + number)
            #expect(steps.start.count { $0.lane == .slow } == (number < 32 ? 1 : 0))
        }
        for number in 64..<UInt64(128) { #expect(self.end(&reads, number).start.isEmpty) }
        #expect(!reads.isEmpty)
        for number in 0..<UInt64(64) {
            #expect(self.end(&reads, number, on: .slow).start.count == (number < 32 ? 1 : 0))
        }
        #expect(reads.isEmpty)
    }

    @Test("what nobody waits for any more is let go: when it comes, and when its turn comes")
    func tooLate() {
        var reads = PartitionReads()
        #expect(self.admit(&reads, 1..<2, now: 10_001).letGo.count == 1 && reads.isEmpty)
        _ = self.admit(&reads, 100..<164, now: 200)
        _ = self.admit(&reads, 300..<302, now: 302)
        _ = self.admit(&reads, 9_000..<9_001, now: 9_000)
        let steps = self.end(&reads, 100, now: 10_500)
        #expect(steps.letGo.map(\.entry.id.milliseconds) == [300, 301])
        #expect(steps.start.map(\.read.entry.id.milliseconds) == [9_000])
    }

    @Test("a question that was let go while it waited is not remembered: asked anew it is answered")
    func letGoIsForgotten() {
        var reads = PartitionReads()
        _ = self.admit(&reads, 100..<164, now: 200)
        _ = self.admit(&reads, 300..<301, question: "a", now: 300)
        #expect(self.end(&reads, 100, now: 10_500).letGo.count == 1)
        #expect(self.admit(&reads, 10_400..<10_401, question: "a", now: 10_500).start.count == 1)
    }

    @Test("a repeat of what runs or waits takes no place; after the answer it is asked anew")
    func repeats() {
        var reads = PartitionReads()
        #expect(self.admit(&reads, 1..<2, question: "a").start.count == 1)
        #expect(self.admit(&reads, 2..<4, question: "a").letGo.count == 2)
        #expect(self.end(&reads, 1, question: "a", isAnswered: false).start.count == 1)
        #expect(self.admit(&reads, 4..<5, question: "a").letGo.count == 1)
        #expect(self.end(&reads, 1, question: "a", on: .slow).start.isEmpty && reads.isEmpty)
        #expect(self.admit(&reads, 5..<6, question: "a").start.count == 1)
    }

    @Test("the stream's clock goes on from its newest entry, and never ahead of it")
    func clock() {
        var clock = StreamClock()
        let start = ContinuousClock.now
        #expect(clock.now(at: start) == 0)
        clock.saw(StreamID(milliseconds: 5_000, sequence: 0), at: start)
        #expect(clock.now(at: start + .seconds(3)) == 8_000)
        clock.saw(StreamID(milliseconds: 7_000, sequence: 0), at: start + .seconds(3))
        #expect(clock.now(at: start + .seconds(3)) == 8_000)
    }
}
