import Testing

@testable import ChatService

struct RoomNumbersTests {
    @Test("messages of a batch are numbered one after the other, each room by itself, from what is known")
    func numbers() {
        var numbers = RoomNumbers()
        numbers.learn(["renumber", "a", "7", "b", "40"])
        numbers.begin()
        #expect(["a", "b", "a"].map { numbers.add(1, in: $0) } == [8, 41, 9])
        numbers.add(1, in: "a")  // a reaction
        numbers.add(0, in: "b")  // somebody who is back
        #expect(["a", "b"].map { numbers.add(1, in: $0) } == [11, 42])
    }

    @Test("what was planned and not applied is forgotten with the next batch")
    func partly() {
        var numbers = RoomNumbers()
        numbers.learn(["renumber", "a", "7"])
        numbers.begin()
        for _ in 0..<5 { numbers.add(1, in: "a") }
        numbers.applied(2)
        numbers.begin()
        #expect(numbers.add(1, in: "a") == 10)
        numbers.begin()
        #expect(numbers.add(1, in: "a") == 10)
        numbers.applied(1)
        numbers.begin()
        #expect(numbers.add(1, in: "a") == 11)
    }

    @Test("what Redis says is right, whatever was thought; after another opening nothing is known")
    func learns() {
        var numbers = RoomNumbers()
        numbers.learn(["renumber", "a", "7"])
        numbers.learn(["renumber", "a", "5"])
        numbers.begin()
        #expect(numbers.add(1, in: "a") == 6)
        numbers.applied(1)
        numbers.forget()
        #expect(numbers.add(1, in: "a") == 1)
    }
}
