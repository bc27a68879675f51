# codepipeline-agent-next: an agent whose journals and tokens are of the next version and which reads
# those of this one, to see a fleet upgraded agent by agent. It is the same program but for its
# journal, whose source is made from this version's. A test's program: never installed.
set(journal ${CMAKE_SOURCE_DIR}/agent/run/journal.cc)
set(next_journal ${CMAKE_CURRENT_BINARY_DIR}/journal_next.cc)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${journal})

# In the text of journal.cc `old` becomes `new`; it has to be there exactly once.
function(rewrite_journal text old new)
  string(FIND "${${text}}" "${old}" first)
  string(FIND "${${text}}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "tests/e2e/next_agent.cmake makes the next version's journal of "
                        "agent/run/journal.cc, where it expects once:\n  ${old}\n"
                        "Fit the replacement to what stands there now.")
  endif()
  string(REPLACE "${old}" "${new}" changed "${${text}}")
  set(${text} "${changed}" PARENT_SCOPE)
endfunction()

file(READ ${journal} next)
rewrite_journal(next "constexpr int version = 1;" "constexpr int version = 2;")
rewrite_journal(next "token_prefix = \"j1.\";" "token_prefix = \"j2.\";")
rewrite_journal(next "if (!token.starts_with(token_prefix)) {"
                     "if (!token.starts_with(token_prefix) && !token.starts_with(\"j1.\")) {")
file(CONFIGURE OUTPUT ${next_journal} CONTENT "${next}" @ONLY)  # written when it differs

# An object comes before a library, whose journal is then never taken.
add_executable(codepipeline-agent-next ${next_journal} $<TARGET_OBJECTS:codepipeline-agent>)
target_link_libraries(codepipeline-agent-next PRIVATE pipeline actions Boost::program_options)
program(codepipeline-agent-next)
