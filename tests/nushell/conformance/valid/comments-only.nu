# nothing

   # but comments
#