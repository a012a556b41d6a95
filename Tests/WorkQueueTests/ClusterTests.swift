import Redis
import TestSupport
import Testing

@testable import WorkQueue

/// Every script of this module in a cluster, where a key that a script did not name is refused.
@Suite(.timeLimit(.minutes(2)))
struct ClusterTests {
    /// The scripts beside those of the jobs, each after what makes it write.
    private static func calls(_ tag: String) -> [(before: [[RedisArgument]], call: RedisScript.Call)] {
        let (state, lease) = ("sc:\(tag):state", "sc:\(tag):lease")
        let held: [RedisArgument] = ["HSET", RedisArgument(state), "token", "me", "until", 1, "holder", "me 1"]
        let mine: [RedisArgument] = ["SET", RedisArgument(lease), "me", "PX", 60_000]
        return [
            ([], AcquireLease(state: state, token: "me", lifetime: .seconds(1), holder: "me 1", gone: "").call),
            ([held], RenewLease(state: state, token: "me", lifetime: .seconds(1), holder: "me 1").call),
            ([held], ReleaseLease(state: state, token: "me").call),
            ([], CountProcesses(processes: "sc:\(tag):processes", name: "me", timeout: .seconds(1)).call),
            ([], .init(ConsumerLease.holdScript, keys: [lease], arguments: ["me", 1_000])),
            ([mine], .init(ConsumerLease.releaseScript, keys: [lease], arguments: ["me"])),
            ([], .init(StreamWriter.appendScript, keys: ["sc:\(tag):work"], arguments: [10, 2, "n", "1"])),
        ]
    }

    @Test("in a cluster every script runs through its writes with the keys it names")
    func cluster() async throws {
        let cluster = try await RedisCluster.start()
        defer { cluster.stop() }
        for slot in [1, 2] {  // one on each master
            let queue = JobQueue(name: "mail", prefix: "sc:{n\(slot)}:mail", dead: "sc:{n\(slot)}:dead")
            let master = try cluster.master(of: queue.jobs)
            let redis = RedisClient(try RedisConfiguration(url: master.url), logger: .init(label: "test"))
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await redis.run() }
                for call in JobScriptTests.calls(queue) {
                    try await JobScriptTests.prepare(queue, redis)
                    try await self.expectChange(by: call, redis)
                }
                for (before, call) in Self.calls("{n\(slot)}") {
                    let commands: [[RedisArgument]] = [["FLUSHALL"]] + before
                    for reply in try await redis.pipeline(commands.map { RedisCommand($0) }) { _ = try reply.get() }
                    try await self.expectChange(by: call, redis)
                }
                let stream = RedisArgument("sc:{n\(slot)}:work")
                let group: [[RedisArgument]] = [
                    ["XGROUP", "CREATE", stream, "g", "0", "MKSTREAM"],
                    ["XGROUP", "CREATECONSUMER", stream, "g", "old"],
                ]
                for reply in try await redis.pipeline(group.map { RedisCommand($0) }) { _ = try reply.get() }
                let forgotten = try await redis.evaluate(
                    StreamReader.forget, keys: ["sc:{n\(slot)}:work"], arguments: ["g", "me", 0])
                #expect(forgotten.int == 1)
                tasks.cancelAll()
            }
        }
    }

    /// A script that returned at its first line would leave everything as it was.
    private func expectChange(by call: RedisScript.Call, _ redis: RedisClient) async throws {
        let before = try await redis.send(RedisCommand("DEBUG", "DIGEST")).string
        _ = try await redis.evaluate([call])[0].get()
        let after = try await redis.send(RedisCommand("DEBUG", "DIGEST")).string
        #expect(before != after, "\(call.script.name) wrote nothing")
    }
}
