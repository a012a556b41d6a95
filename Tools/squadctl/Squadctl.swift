import ArgumentParser
import ServiceRuntime

/// The operator's command.
@main struct Squadctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "squadctl",
        abstract: "Looks into a running Squad Chat, feeds it, and mends it.",
        discussion: """
            Everything goes through Redis: give its URL in REDIS_URL, or after the command: squadctl status --redis URL.

              squadctl status                       who runs, who holds what, what waits
              squadctl doctor                       what is wrong, and what to do about it
              squadctl users import crew.csv        write users and their squads
              squadctl signal publish --symbol EURUSD --direction BUY --entry 1.0842 --tcs 87.4
              squadctl receipts --user viper-1      what somebody was told, and how it got there
              squadctl dlq ls                       work that was given up, with the reason
              squadctl demo engine                  a trading engine to look at

            Exit codes: 0 all is well; 1 something is not, and was said; 64 the command line is wrong.
            """,
        version: ServiceVersion.release,
        subcommands: [
            StatusCommand.self, DoctorCommand.self, UsersCommand.self, SignalCommand.self, DeadLetterCommand.self,
            ReceiptsCommand.self, DemoCommand.self,
        ])
}
