import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// Who asks what became of a job is answered from where jobs are, and where their ends are.
struct JobReceiptTests {
    @Test("the jobs of an event, or of a person, are found wherever they stand, and nobody else's")
    func receipts() async throws {
        try await JobBench.run { bench in
            for id in ["e1/a", "e1/b", "e2/a", "e10/a", "e1/ab"] { _ = try await bench.enqueue(id) }
            let worker = bench.worker { job in
                switch job.id {
                case "e1/a": JobResult(.done)
                case "e1/b": JobResult(.discard(reason: "550 no such user"))
                default: JobResult(.retry(after: .seconds(600), reason: "451 later"))
                }
            }
            func told(_ receipts: [JobReceipt]) -> [String] {
                receipts.map { "\($0.group)/\($0.member) \($0.record.state) \($0.record.reason)" }.sorted()
            }
            let ofEvent = ["e1/a sent ", "e1/ab planned 451 later", "e1/b failed 550 no such user"]
            try await bench.running([worker]) {
                await eventually {
                    try await told(bench.queue.receipts(ofGroup: "e1", redis: bench.redis)) == ofEvent
                }
                await eventually {
                    try await told(bench.queue.receipts(ofMember: "a", redis: bench.redis)) == [
                        "e1/a sent ", "e10/a planned 451 later", "e2/a planned 451 later",
                    ]
                }
            }
            #expect(try await bench.queue.receipts(ofMember: "nobody", redis: bench.redis).isEmpty)
        }
    }
}
