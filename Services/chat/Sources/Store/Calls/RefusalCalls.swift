import Domain
import Redis
import WireContract

/// Answers a command that was refused before any script.
struct RefuseCommandCall: ScriptCall {
    static let script = ChatScript.command("refuse_command", PackageResources.refuse_command_lua, atMemoryLimit: .runs)

    let head: CommandHead
    let problem: Refusal

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.argument("problem", self.problem.encoded)
    }
}

/// Moves a command that can never be applied to the dead letters, with the reason.
struct DiscardCommandCall: ScriptCall {
    static let script = ChatScript.command(
        "discard_command", PackageResources.discard_command_lua, atMemoryLimit: .runs)

    let head: CommandHead
    let entry: StreamEntry
    let reason: String
    let moment: Moment

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("DEAD", .stream, self.head.keys.dead)
        input.argument("reason", self.reason)
        input.argument("now_ms", self.moment.milliseconds)
        input.argument("problem", Refusal.noted.encoded)
        for (name, value) in self.entry.fields.prefix(64) {
            input.more([RedisArgument(name), RedisArgument(value)])
        }
    }
}

/// Puts a command of the suite itself at the end of its stream.
struct HoldCommandCall: ScriptCall {
    static let script = ChatScript.command("hold_command", PackageResources.hold_command_lua, atMemoryLimit: .runs)

    let head: CommandHead
    let entry: StreamEntry
    let lap: Int

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.argument("lap", self.lap)
        for (name, value) in self.entry.fields where name != HeldCommands.field {
            input.more([RedisArgument(name), RedisArgument(value)])
        }
    }
}
