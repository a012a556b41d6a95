import TestSupport
import Testing

/// What a process says of itself when it cannot work.
@Suite(.serialized)
struct ReadinessTests {
    @Test("a chat that cannot keep its leases is not ready, says why, and is ready again when it can")
    func leases() async throws {
        try await RunningSuite.with { suite in
            let port = suite.chats[0].healthPort
            func becomes(_ status: Int, saying words: String) async {
                await eventually {
                    let answer = try await HTTPTestClient.get(port: port, path: "/readyz")
                    return answer.status == status && answer.text.contains(words)
                }
            }
            try suite.redis.command("CONFIG", "SET", "min-replicas-to-write", "1")
            await becomes(503, saying: "leases: NOREPLICAS")
            try suite.redis.command("CONFIG", "SET", "min-replicas-to-write", "0")
            await becomes(200, saying: #""ready":true"#)
        }
    }
}
