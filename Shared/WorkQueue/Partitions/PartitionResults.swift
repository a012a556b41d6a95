internal import Redis

/// What the calls of one batch came to.
struct PartitionResults {
    /// How many entries were applied, from the first on.
    private(set) var applied = 0
    /// Those of them that are to be answered yet, and what their calls answered.
    private(set) var unanswered: [(index: Int, answer: RedisValue)] = []
    /// The answer about the entry after them; nil when there is none, or nothing to do but call again.
    private(set) var refused: Result<RedisValue, RedisError>?

    init(_ calls: [PartitionCall], _ results: [Result<RedisValue, RedisError>]) {
        for (call, result) in zip(calls, results) {
            let words = (try? result.get())?.array ?? []
            switch words.first?.string {
            case "done":
                if words.count > 1, words[1].string == "unanswered", let answer = try? result.get() {
                    self.unanswered.append((self.applied, answer))
                }
                self.applied += call.entries
            case "some":
                self.applied += words.count > 1 ? words[1].int ?? 0 : 0
                if words.count > 2 { self.refused = .success(.array(Array(words[2...]))) }
                return
            default:
                self.refused = result
                return
            }
        }
    }

    /// The first word of a script's answer.
    static func word(of result: Result<RedisValue, RedisError>) -> String? {
        guard case .success(let value) = result else { return nil }
        return value.array?.first?.string
    }

    /// All of an answer, to tell it from another.
    static func text(of result: Result<RedisValue, RedisError>) -> String {
        switch result {
        case .success(let value): (value.array ?? []).compactMap(\.string).joined(separator: " ")
        case .failure(let error): "\(error)"
        }
    }
}
