import NIOCore
import Testing

@testable import GatewayService

struct PendingCommandsTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("unanswered commands are due after a second, in their order, and given up after ten")
    func times() {
        var pending = PendingCommands<String>()
        let first = pending.insert("a", now: Self.start)
        let second = pending.insert("b", now: Self.start)
        #expect(pending.due(now: Self.start + .milliseconds(999)).again.isEmpty)
        #expect(pending.due(now: Self.start + .seconds(1)).again.map(\.token) == [first, second])
        #expect(pending.due(now: Self.start + .milliseconds(1_500)).again.isEmpty)
        #expect(pending.due(now: Self.start + .milliseconds(1_500), isReconnect: true).again.count == 2)
        #expect(pending.take(first) == "a")
        #expect(pending.take(first) == nil)
        #expect(pending.due(now: Self.start + .seconds(10)).expired == ["b"])
        #expect(pending.count == 0)
    }

    @Test("a command that rests is not added again, not even at a reconnect, and given up in its time")
    func resting() {
        var pending = PendingCommands<String>()
        let token = pending.insert("a", now: Self.start)
        pending.rest(token)
        #expect(pending.due(now: Self.start + .seconds(5), isReconnect: true).again.isEmpty)
        pending.rest(token, false)
        #expect(pending.due(now: Self.start + .seconds(5)).again.map(\.token) == [token])
        pending.rest(token)
        #expect(pending.due(now: Self.start + .seconds(10)).expired == ["a"])
    }
}
