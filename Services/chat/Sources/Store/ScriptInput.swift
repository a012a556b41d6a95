import NIOCore
import Redis

/// One run of a script: fields with names and types, and one list that makes keys, kinds and arguments of them.
protocol ScriptCall {
    static var script: ChatScript { get }
    /// The list, in the order of the script's own.
    func fill(_ input: inout ScriptInput)
}

extension ScriptCall {
    var call: RedisScript.Call {
        var input = ScriptInput(Self.script.names)
        self.fill(&input)
        return input.call(Self.script.redis)
    }
}

/// What a script is given: every key with its kind, every argument, each under the name that it has in Lua.
struct ScriptInput {
    /// The type of a key; the letter is what `part_fence.lua` reads.
    enum Kind: UInt8 {
        case hash = 0x68
        case stream = 0x78
        case sortedSet = 0x7A
        case set = 0x73
        case string = 0x74
        /// Of sharded pub/sub, which has no type; or a key that the script itself reads before its first write.
        case unchecked = 0x2E
    }

    private let names: ScriptNames
    private var keys = RedisArguments()
    private var kinds: [UInt8] = []
    /// Behind the kinds, which are known last.
    private var arguments = RedisArguments()

    init(_ names: ScriptNames) {
        self.names = names
        self.kinds.reserveCapacity(names.keys.count)
        self.keys.reserveCapacity(lengthInBytes: names.keys.count * 48)
        self.arguments.reserveCapacity(lengthInBytes: names.arguments.count * 48)
    }

    /// - Parameter name: That of the Lua variable which holds it; another name fails in debug builds.
    mutating func key(_ name: StaticString, _ kind: Kind, _ key: String) {
        assert(self.names.keys[self.keys.count] == "\(name)", "\(name) is \(self.names.keys[self.keys.count]) in Lua")
        self.anotherKey(kind, key)
    }

    /// One of the keys without a name, after all that have one.
    mutating func anotherKey(_ kind: Kind, _ key: String) {
        self.keys.append(key)
        self.kinds.append(kind.rawValue)
    }

    /// Keys without names that the script itself reads before its first write.
    mutating func moreKeys(_ keys: RedisArguments) {
        self.keys.append(keys)
        self.kinds.append(contentsOf: repeatElement(Kind.unchecked.rawValue, count: keys.count))
    }

    /// - Parameter name: That of the Lua variable which holds it; another name fails in debug builds.
    mutating func argument(_ name: StaticString, _ value: RedisArgument) {
        self.check(name)
        self.arguments.append(value)
    }

    mutating func argument(_ name: StaticString, _ text: String) {
        self.check(name)
        self.arguments.append(text)
    }

    mutating func argument(_ name: StaticString, _ number: Int) {
        self.check(name)
        self.arguments.append(number)
    }

    mutating func argument(_ name: StaticString, _ bytes: [UInt8]) {
        self.check(name)
        self.arguments.append(bytes)
    }

    /// `1` or `0`.
    mutating func argument(_ name: StaticString, _ claim: Bool) { self.argument(name, claim ? "1" : "0") }

    /// Arguments without names, after all that have one.
    mutating func more(_ values: some Sequence<RedisArgument>) {
        for value in values { self.arguments.append(value) }
    }

    mutating func more(_ values: RedisArguments) { self.arguments.append(values) }

    private func check(_ name: StaticString) {
        assert(
            self.names.arguments[self.arguments.count + 1] == "\(name)",
            "\(name) is \(self.names.arguments[self.arguments.count + 1]) in Lua")
    }

    fileprivate consuming func call(_ script: RedisScript) -> RedisScript.Call {
        assert(self.keys.count >= self.names.keys.count && self.arguments.count + 1 >= self.names.arguments.count)
        while self.kinds.last == Kind.unchecked.rawValue { self.kinds.removeLast() }
        var arguments = RedisArguments([RedisArgument(self.kinds)])
        arguments.append(self.arguments)
        return RedisScript.Call(script, keys: self.keys, arguments: arguments)
    }
}

extension RedisCommands {
    /// Runs one script.
    ///
    /// - Throws: ``RedisError/server(_:)`` also for an error that the script itself returns.
    func evaluate(_ call: some ScriptCall) async throws(RedisError) -> RedisValue {
        guard let result = try await self.evaluate([call.call]).first else {
            throw .unexpectedReply("no result")
        }
        return try result.get()
    }
}
